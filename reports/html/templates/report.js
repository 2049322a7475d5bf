(() => {
const find = (what, where = document) => [...where.querySelectorAll(what)];
const holder = document.getElementById("filter"), bar = holder.content.firstElementChild;
const inputs = find("[name]", bar);
let rows = [], anchor;
holder.replaceWith(bar);
const open = (node) => {
  for (; node; node = node.parentElement) if (node.open === false) node.open = true;
};
const index = () => {
  const at = new Map();
  let top;
  rows = find("#changes .change, .follow li").map((node, i) => {
    const up = at.get(node.parentNode.closest("li, .change")), text = node.textContent, {className} = node;
    const under = up >= 0 ? node.lastElementChild : find("ul", node)[0];
    const noun = up >= 0 ? node : find(".what", node)[0];
    at.set(node, i);
    return {
      node, up, top: up >= 0 ? top : top = i,
      says: [
        under?.localName === "ul" ? text.slice(0, -under.textContent.length) : text, node.closest("[data-s]").dataset.s,
        ` ${noun.firstChild.data.trim()} ${className} ${/warning|critical/.test(className) ? "" : "info"} `,
      ].map((said) => said.toLowerCase()),
    };
  });
};
const filter = () => {
  const wanted = inputs.map(({name, value, options, selectedIndex: at}) =>
    (options && value ? ` ${name === "kind" ? options[at].text : value} ` : value).toLowerCase());
  const any = wanted.join("");
  if (any && !rows.length) index();
  let number = 0;
  const on = [];
  rows.forEach(({up, says}, i) => {
    const fits = wanted.every((want, n) => says[Math.min(n, 2)].includes(want));
    number += fits;
    on[i] = fits || on[up] || false;
  });
  for (let i = rows.length; i--;) if (on[i] && rows[i].up >= 0) on[rows[i].up] = true;
  rows.forEach(({node, up, top}, i) => {
    if (!on[top] && i > top || node.hidden !== on[i]) return;
    node.hidden = !on[i];
    if (i === top && node.id) node.previousElementSibling.hidden = !on[i];
  });
  if (any && number < 30) rows.forEach(({node}, i) => on[i] && open(node.parentNode));
  for (const group of find("#changes .group")) group.hidden = !find(".change:not([hidden])", group)[0];
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
    open(target);
    target.scrollIntoView();
    requestAnimationFrame(() => target.scrollIntoView());
  }
  keep();
};
bar.addEventListener("input", () => { filter(); keep(); });
find("button", bar)[0].addEventListener("click", () => { clear(); keep(); });
addEventListener("hashchange", read);
if (location.hash) read();
else requestIdleCallback(() => rows.length || index());
})();
