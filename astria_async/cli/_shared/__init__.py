"""What two commands use, or will use: nothing in here knows a command.

files            the one way to write a file
text             counts and lengths of time in words
contact_sheet    a page of HTML with images;  image_size: their width and height
progress         steps and faults while they happen, as lines;  progress_bars: as bars, by rich
counting_bar     a bar on a terminal, for what is counted
spans            lengths of time in words
fake_server      a FakeAstria behind a socket
"""
