(() => {
const find = (what, where = document) => [...where.querySelectorAll(what)];
const holder = document.getElementById("filter"), bar = holder.content.firstElementChild;
const inputs = find("[name]", bar);
let rows, anchor;
holder.replaceWith(bar);
const open = (node) => {
  for (; node; node = node.parentElement) if (node.open === false) node.open = true;
};
const index = () => {
  const at = new Map();
  rows = find("#changes .change, .follow li").map((node, i) => {
    const [under] = find("ul", node), text = node.textContent;
    at.set(node, i);
    return {
      node, up: at.get(node.parentNode.closest("li, .change")),
      says: [
        under ? text.slice(0, -under.textContent.length) : text, node.closest("[data-s]").dataset.s,
        ` ${(find(".what", node)[0] || node).firstChild.data.trim()} ${node.className} ${/warning|critical/.test(node.className) ? "" : "info"} `,
      ].map((said) => said.toLowerCase()),
    };
  });
};
const filter = () => {
  const wanted = inputs.map(({name, value, options, selectedIndex: at}) =>
    (options && value ? ` ${name === "kind" ? options[at].text : value} ` : value).toLowerCase());
  const any = wanted.join("");
  if (any && !rows) index();
  if (!rows) return;
  let number = 0;
  const on = [];
  rows.forEach(({up, says}, i) => {
    const fits = wanted.every((want, n) => says[Math.min(n, 2)].includes(want));
    number += fits;
    on[i] = fits || on[up];
  });
  for (let i = rows.length; i--;) {
    const {node, up} = rows[i];
    node.hidden = !on[i];
    if (!on[i] || up === undefined) continue;
    on[up] = true;
    if (any && number < 30) open(node);
  }
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
  }
  keep();
};
bar.addEventListener("input", () => { filter(); keep(); });
find("button", bar)[0].addEventListener("click", () => { clear(); keep(); });
addEventListener("hashchange", read);
if (location.hash) read();
})();
