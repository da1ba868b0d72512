
"use strict";
{
  // Replaces only what changed, so that images do not flicker and a click never falls between two versions.
  const merge = (old, fresh) => {
    if (old.isEqualNode(fresh)) return;
    const keyed = (node) => node.children.length > 0 && Array.from(node.children).every((child) => child.id);
    if (!keyed(old) || !keyed(fresh) || !old.cloneNode(false).isEqualNode(fresh.cloneNode(false))) {
      old.replaceWith(fresh);
      return;
    }
    const known = new Map(Array.from(old.children, (child) => [child.id, child]));
    let next = old.firstElementChild;
    for (const child of Array.from(fresh.children)) {
      const same = known.get(child.id);
      if (!same) {
        old.insertBefore(child, next);
        continue;
      }
      known.delete(child.id);
      if (same === next) next = next.nextElementSibling;
      else old.insertBefore(same, next);
      merge(same, child);
    }
    for (const gone of known.values()) gone.remove();
  };

  const refresh = async () => {
    const answer = await fetch("/_mock/parts", { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.statusText);
    const parts = new DOMParser().parseFromString(await answer.text(), "text/html").body.children;
    for (const part of Array.from(parts)) merge(document.getElementById(part.id), part);
  };

  const lost = document.getElementById("lost");
  const watch = async (work) => {
    try {
      await work();
      lost.hidden = true;
    } catch {
      lost.hidden = false;
    }
  };

  const loop = async () => {
    if (!document.hidden) await watch(refresh);
    setTimeout(loop, lost.hidden ? 1000 : 3000);
  };
  setTimeout(loop, 1000);

  document.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = new URLSearchParams(new FormData(event.target, event.submitter));
    watch(async () => {
      await fetch(event.target.action, { method: "POST", body, redirect: "manual" });
      await refresh();
    });
  });
}
