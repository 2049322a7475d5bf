(() => {
const find = (what, where = document) => [...where.querySelectorAll(what)];
const [changes, holder] = find("#changes, #filter"), bar = holder.content.firstElementChild;
const inputs = find("[name]", bar);
let rows = [], nodes, at = new Map(), top, anchor;
holder.replaceWith(bar);
// Of very many stories those out of sight get their boxes when the page is there, or when they come into sight.
changes.classList.add("later");
const reveal = () => changes.classList.remove("later");
const near = (lot) => lot.classList.add("near");
addEventListener("load", () => {
  const lots = find(".lot");
  const next = () => {
    if (!lots.length) return reveal();
    near(lots.shift());
    requestIdleCallback(next);
  };
  requestAnimationFrame(() => requestAnimationFrame(next));
});
changes.addEventListener("contentvisibilityautostatechange", ({target, skipped}) => skipped || near(target));
const open = (node) => {
  for (; node; node = node.parentElement) if (node.open === false) node.open = true;
};
const index = (idle) => {
  nodes ??= find("#changes .change, .follow li");
  for (let i; (i = rows.length) < nodes.length && !(idle?.timeRemaining() < 3);) {
    const node = nodes[i], up = at.get(node.parentNode.closest("li, .change")), text = node.textContent, {className} = node;
    const under = up >= 0 ? node.lastElementChild : node.querySelector("ul");
    const noun = up >= 0 ? node : node.querySelector(".what");
    at.set(node, i);
    rows.push({
      node, up, top: up >= 0 ? top : top = i,
      says: [
        under?.localName === "ul" ? text.slice(0, -under.textContent.length) : text, node.closest("[data-s]").dataset.s,
        ` ${noun.firstChild.data.trim()} ${className} ${/warning|critical/.test(className) ? "" : "info"} `,
      ].map((said) => said.toLowerCase()),
    });
  }
  if (rows.length < nodes.length) requestIdleCallback(index);
};
const filter = () => {
  const wanted = inputs.map(({name, value, options, selectedIndex}) =>
    (options && value ? ` ${name === "kind" ? options[selectedIndex].text : value} ` : value).toLowerCase());
  const any = wanted.join("");
  if (any) index();
  let number = 0;
  const on = [], lots = new Set();
  rows.forEach(({up, says}, i) => {
    const fits = wanted.every((want, n) => says[Math.min(n, 2)].includes(want));
    number += fits;
    on[i] = fits || on[up] || false;
  });
  for (let i = rows.length; i--;) if (on[i]) rows[i].up >= 0 ? on[rows[i].up] = true : lots.add(rows[i].node.parentNode);
  for (const lot of find(".lot")) lot.hidden = nodes && !lots.has(lot);
  [...lots].slice(-3).forEach(near);
  rows.forEach((row, i) => {
    const {node, top} = row;
    if (!row.off === on[i] || !on[top] && (i > top || !lots.has(node.parentNode))) return;
    row.off = node.hidden = !on[i];
    if (i > top) return;
    const {previousElementSibling: link, nextElementSibling: alike} = node;
    if (node.id) link.hidden = row.off;
    if (alike?.matches(".alike")) alike.hidden = row.off;
  });
  if (any && number < 30) rows.forEach(({node}, i) => on[i] && open(node.parentNode));
  for (const group of find("#changes .group")) group.hidden = !group.querySelector(".lot:not([hidden])");
  find("output", bar)[0].value = any && `${number} of ${rows.length} changes`;
};
const keep = () => history.replaceState(null, "", "#" + [
  ...anchor ? [anchor] : [], ...inputs.filter((input) => input.value).map((input) => input.name + "=" + encodeURIComponent(input.value)),
].join("&"));
const clear = () => {
  for (const input of inputs) input.value = "";
  filter();
};
const read = () => {
  const said = location.hash.slice(1).split("&");
  anchor = said[0].includes("=") ? "" : said.shift();
  for (const [name, value] of new URLSearchParams(said.join("&"))) for (const input of inputs) if (input.name === name) input.value = value;
  filter();
  const target = document.getElementById(anchor);
  if (target) {
    if (target.closest("[hidden]")) clear();
    reveal();
    open(target);
    target.scrollIntoView();
    requestAnimationFrame(() => target.scrollIntoView());
  }
  keep();
};
bar.addEventListener("input", () => { filter(); keep(); });
find("button", bar)[0].addEventListener("click", () => { clear(); keep(); });
addEventListener("hashchange", read);
for (const near of ["focusin", "pointerover"]) bar.addEventListener(near, () => requestIdleCallback(index), {once: true});
addEventListener("DOMContentLoaded", () => location.hash && read());
})();
