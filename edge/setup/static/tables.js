// The tables of the set-up's page: the numbers of the picture, to read and to type.
"use strict";

function number(label, target, key, more = {}) {
  const field = el("input", {type: "number", step: "any", value: target[key], "aria-label": label, ...more,
    oninput: () => { if (field.value !== "" && field.validity.valid) { target[key] = Number(field.value); redraw(); changed(); } }});
  field.kept = [target, key];
  return field;
}

function fillNumbers() {
  for (const field of document.querySelectorAll("#shapes input[type=number]"))
    if (field !== document.activeElement) field.value = field.kept[0][field.kept[1]];
}

function drawShapes() {
  const open = new Set([...document.querySelectorAll("#shapes details[open]")].map((one) => one.id));
  $("shapes").replaceChildren(...shapes().map((one) => {
    const box = one.kind === "ground" ? groundBox(one) : namedBox(one);
    box.open = open.has(box.id);
    return box;
  }));
}

function box({kind, i, shape}, ...inside) {
  const remove = () => { if (kind === "ground") drawing.ground = null; else drawing[kind].splice(i, 1); drawAll(); };
  const title = el("summary", {}, `${kindWord(kind)} ${shape.name || ""}`);
  const last = el("button", {type: "button", className: "plain", onclick: remove}, `${t("remove")}: ${kindWord(kind)} ${shape.name || ""}`);
  return el("details", {id: `${kind}-${i}`, "data-kind": kind}, title, ...inside, el("p", {}, last));
}

function namedBox(one) {
  const {kind, i, shape, points} = one;
  const name = el("input", {value: shape.name, maxLength: 40, required: true, pattern: "[A-Za-z0-9_.\\-]{1,40}", "aria-describedby": `${kind}-${i}-hint`, oninput: () => {
    shape.name = name.value.trim();
    name.closest("details").firstChild.textContent = `${kindWord(kind)} ${shape.name}`;
    redraw();
    changed();
  }});
  const parts = [el("p", {}, el("label", {}, t("name"), el("br"), name), el("span", {className: "hint", id: `${kind}-${i}-hint`}, " " + t("name hint")))];
  if (kind === "zones") {
    const tick = el("input", {type: "checkbox", checked: shape.equipment, onchange: () => { shape.equipment = tick.checked; changed(); }});
    parts.push(el("label", {className: "inline"}, tick, t("equipment")));
  }
  const more = kind === "zones" && points.length > 3 ? (k) => el("td", {}, el("button", {type: "button", className: "plain", "aria-label": `${t("remove corner")} ${k + 1}`, onclick: () => { points.splice(k, 1); drawAll(); }}, "×")) : () => "";
  parts.push(table(kind, points, more));
  if (kind === "zones") parts.push(el("button", {type: "button", className: "quiet", onclick: () => { addCorner(points); drawAll(); }}, t("add corner")));
  return box(one, ...parts);
}

function addCorner(points) {
  const length = (k) => Math.hypot(points[k][0] - points[(k + 1) % points.length][0], points[k][1] - points[(k + 1) % points.length][1]);
  const longest = points.map((_, k) => k).sort((a, b) => length(b) - length(a))[0];
  const [a, b] = [points[longest], points[(longest + 1) % points.length]];
  points.splice(longest + 1, 0, [Math.round((a[0] + b[0]) / 2), Math.round((a[1] + b[1]) / 2)]);
}

function table(kind, points, more, metres) {
  const heads = ["", `${t("across")}, ${t("pixels")}`, `${t("down")}, ${t("pixels")}`];
  if (metres) heads.push(`${t("across")}, ${t("metres")}`, `${t("down")}, ${t("metres")}`);
  const rows = points.map((point, k) => {
    const label = pointWord(kind, k);
    const cells = [0, 1].map((axis) => el("td", {}, number(`${label}, ${heads[axis + 1]}`, point, axis)));
    if (metres) cells.push(...[0, 1].map((axis) => el("td", {}, number(`${label}, ${heads[axis + 3]}`, metres[k], axis))));
    return el("tr", {}, el("th", {scope: "row"}, label), ...cells, more(k));
  });
  const head = el("thead", {}, el("tr", {}, ...heads.map((text) => el(text ? "th" : "td", text ? {scope: "col"} : {}, text))));
  return el("div", {className: "scroll"}, el("table", {}, head, el("tbody", {}, ...rows)));
}

function groundBox(one) {
  const {shape, points} = one;
  const sides = [["width", 0], ["depth", 1]].map(([word, axis]) => el("p", {}, el("label", {}, t(word), el("br"), number(t(word), shape.size_m, axis, {min: 1, max: 1000}))));
  return box(one, el("p", {className: "hint"}, t("ground lead")), ...sides, table("ground", points, () => "", shape.metres));
}
