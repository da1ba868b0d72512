// Node's own fetch and FormData: node client.mjs BASE_URL PICTURE... prints what it was answered, as JSON.

import { readFile } from "node:fs/promises";
import { basename } from "node:path";

const [baseUrl, ...pictures] = process.argv.slice(2);
const headers = { Authorization: "Bearer sd_node" };

const ask = async (method, path, body, more = headers) => {
  const answer = await fetch(`${baseUrl}${path}`, { method, body, headers: more });
  const type = answer.headers.get("content-type");
  return { status: answer.status, type, body: type.includes("json") ? await answer.json() : await answer.text() };
};

const form = new FormData();
form.append("tune[title]", "By Node");
form.append("tune[name]", "woman");
form.append("tune[branch]", "fast");
for (const path of pictures) {
  form.append("tune[images][]", new Blob([await readFile(path)], { type: "image/jpeg" }), basename(path));
}
const created = await ask("POST", "/tunes", form);
const tune = await ask("GET", `/tunes/${created.body.id}`);

const wanted = new FormData();
wanted.append("prompt[text]", "sks woman, é and ✓");
wanted.append("prompt[num_images]", "2");
const prompt = await ask("POST", `/tunes/${created.body.id}/prompts`, wanted);
const done = await ask("GET", `/prompts/${prompt.body.id}`);
const seen = await Promise.all(
  done.body.images.map(async (url) => {
    const answer = await fetch(url);
    return [answer.headers.get("content-type"), (await answer.arrayBuffer()).byteLength > 1000];
  }),
);

const plain = await ask("POST", "/tunes/690204/prompts", new URLSearchParams({ "prompt[text]": "plain" }));
const json = await ask("POST", "/tunes/690204/prompts", JSON.stringify({ prompt: { text: "json" } }), {
  ...headers,
  "Content-Type": "application/json",
});
const wrongKey = await ask("GET", "/tunes", undefined, { Authorization: "Bearer none" });
const wrong = new FormData();
wrong.append("tune[title]", "nameless");
const refused = await ask("POST", "/tunes", wrong);

console.log(JSON.stringify({ created, tune, prompt, done, seen, plain, json, wrongKey, refused }));
