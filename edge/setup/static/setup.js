// The set-up's page: draws /state, checks with /check, saves with /save. Places are pixels
// of the analysed frame; the same numbers stand in the picture and in the tables.
"use strict";

const SVG = "http://www.w3.org/2000/svg";
const EMPTY = {zones: [], lines: [], ground: null};
const LOOK_MS = 2000, LOST = 3, SOON_S = 120, SHOWN = ["shown", "shown in part"];
const $ = (id) => document.getElementById(id);
let words = {}, lang = "fi", state = null, drawing = EMPTY, judged = {problems: [], cells: [], size: null};
let known = false, size = [320, 240], timer = 0;
let saying = null, kept = "", saves = 0, until = Infinity, lost = 0;

function t(key, more = {}) {
  const text = (words[lang] || {})[key] || key;
  return Object.entries(more).reduce((said, [name, value]) => said.replace(`{${name}}`, value), text);
}

function el(name, more = {}, ...inside) {
  const one = document.createElement(name);
  for (const [key, value] of Object.entries(more)) {
    if (key.startsWith("on")) one.addEventListener(key.slice(2), value);
    else if (key in one && key !== "list") one[key] = value;
    else one.setAttribute(key, value);
  }
  one.append(...inside);
  return one;
}

function svg(name, more = {}, ...inside) {
  const one = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(more)) one.setAttribute(key, value);
  one.append(...inside);
  return one;
}

async function ask(path, body) {
  const post = body === undefined ? {} : {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body)};
  const answer = await fetch(path, {cache: "no-store", ...post});
  const said = answer.headers.get("Content-Type") === "application/json" ? await answer.json() : await answer.blob();
  return {status: answer.status, said};
}

// What is said is kept as its key, so that it changes with the language.
function say(key, bad = false, more = {}) {
  saying = key && {key, bad, more};
  put("said", key && t(key, more), bad);
}

// The same text put twice would be read out twice.
function put(id, text, bad = false) {
  if ($(id).textContent !== text) $(id).textContent = text;
  $(id).className = bad ? "bad" : "";
}

function unsaved() { return known && JSON.stringify(drawing) !== kept; }

// --- what is drawn: lists of points that can be moved, wherever they are kept ---

function shapes() {
  const found = [];
  drawing.zones.forEach((zone, i) => found.push({kind: "zones", i, shape: zone, points: zone.corners, closed: true}));
  drawing.lines.forEach((line, i) => found.push({kind: "lines", i, shape: line, points: [line.start, line.end], closed: false}));
  if (drawing.ground) found.push({kind: "ground", i: 0, shape: drawing.ground, points: drawing.ground.pixels, closed: true});
  return found;
}

function kindWord(kind) { return t({zones: "zone", lines: "line", ground: "ground"}[kind]); }

function pointWord(kind, k) {
  if (kind === "lines") return t(k ? "finish" : "start");
  return `${t(kind === "zones" ? "corner" : "point")} ${k + 1}`;
}

function move(point, x, y) {
  point[0] = Math.round(Math.min(size[0], Math.max(0, x)) * 10) / 10;
  point[1] = Math.round(Math.min(size[1], Math.max(0, y)) * 10) / 10;
  redraw();
  fillNumbers();
  changed();
}

function add(kind) {
  const [w, h] = size;
  const square = [[.4, .5], [.6, .5], [.6, .7], [.4, .7]].map(([x, y]) => [Math.round(x * w), Math.round(y * h)]);
  if (kind === "zones") drawing.zones.push({name: "", corners: square, equipment: false});
  else if (kind === "lines") drawing.lines.push({name: "", start: square[3], end: square[2]});
  else drawing.ground = {pixels: square, metres: [[0, 0], [20, 0], [20, 10], [0, 10]], size_m: [20, 10], people_m: 1.4};
  drawAll();
  const last = [...document.querySelectorAll(`details[data-kind=${kind}]`)].pop();
  last.open = true;
  last.querySelector("input").focus();
}

// --- the picture ---

function redraw() {
  const [w, h] = size;
  const root = $("drawn");
  root.setAttribute("viewBox", `0 0 ${w} ${h}`);
  const held = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.handle : null;
  const hatch = svg("pattern", {id: "hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)"},
    svg("rect", {width: 6, height: 6, fill: "rgb(0 0 0 / .3)"}), svg("line", {x1: 0, y1: 0, x2: 0, y2: 6, stroke: "#fff", "stroke-width": 2}));
  const laid = [svg("defs", {}, hatch)];
  for (const cell of judged.cells)
    laid.push(svg("polygon", {points: cell.corners.join(" "), class: cell.unseen ? "cell unseen" : "cell"}));
  const handles = [];
  for (const {kind, i, shape, points, closed} of shapes()) {
    laid.push(svg(closed ? "polygon" : "polyline", {points: points.join(" "), class: "shape " + {zones: "zone", lines: "line", ground: "ground"}[kind], fill: "none"}));
    if (shape.name) laid.push(svg("text", {x: points[0][0] + 4, y: points[0][1] - 5, "font-size": w / 26}, shape.name));
    points.forEach((point, k) => handles.push(handle(kind, i, k, shape, point)));
  }
  root.replaceChildren(...laid, ...handles);
  if (held) root.querySelector(`[data-handle="${held}"]`)?.focus();
}

function handle(kind, i, k, shape, point) {
  const label = `${kindWord(kind)} ${shape.name || ""}, ${pointWord(kind, k)}: ${point[0]}, ${point[1]}`;
  const one = svg("g", {class: `handle ${kind}`, tabindex: 0, role: "button", "aria-label": label, "data-handle": `${kind}-${i}-${k}`},
    svg("circle", {class: "reach", cx: point[0], cy: point[1], r: size[0] / 22}), svg("circle", {class: "dot", cx: point[0], cy: point[1], r: size[0] / 64}));
  if (kind !== "zones") one.append(svg("text", {x: point[0] + size[0] / 50, y: point[1] + size[0] / 36, "font-size": size[0] / 30}, kind === "lines" ? (k ? "B" : "A") : k + 1));
  one.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 10 : 1;
    const way = {ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step]}[event.key];
    if (!way) return;
    event.preventDefault();
    move(point, point[0] + way[0], point[1] + way[1]);
  });
  one.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    one.focus();
    const root = $("drawn");
    root.setPointerCapture(event.pointerId);
    const follow = (moved) => {
      const box = root.getBoundingClientRect();
      move(point, (moved.clientX - box.left) / box.width * size[0], (moved.clientY - box.top) / box.height * size[1]);
    };
    const end = () => { root.removeEventListener("pointermove", follow); root.removeEventListener("pointerup", end); root.removeEventListener("pointercancel", end); };
    root.addEventListener("pointermove", follow);
    root.addEventListener("pointerup", end);
    root.addEventListener("pointercancel", end);
  });
  return one;
}

// --- what the node says ---

function changed() {
  clearTimeout(timer);
  timer = setTimeout(check, 200);
}

async function check() {
  const {status, said} = await ask("/check", drawing).catch(() => ({status: 0}));
  if (status === 401) closed();
  if (status === 200) { judged = said; redraw(); drawJudged(); }
}

function drawJudged() {
  const unseen = judged.cells.filter((cell) => cell.unseen).length;
  const all = judged.cells.length;
  put("coverage", !all ? t(drawing.ground ? "coverage later" : "coverage none") : unseen ? t("coverage part", {unseen, all}) : t("coverage all"));
  $("size").textContent = judged.size ? t("size", {w: judged.size[0], h: judged.size[1]}) : "";
  $("checks").hidden = !judged.problems.length;
  $("problems").replaceChildren(...judged.problems.map((one) => {
    const [kind, i] = one.where.split("/");
    const shape = kind === "ground" ? {} : drawing[kind][i] || {};
    const to = `${kind}-${i || 0}`;
    const go = () => { const there = $(to); if (there) { there.open = true; there.querySelector("input").focus(); } };
    return el("li", {}, el("a", {href: `#${to}`, onclick: go}, `${kindWord(kind)} ${shape.name || ""}: ${t("wrong: " + one.wrong)}`));
  }));
}

async function save() {
  const sent = JSON.stringify(drawing);
  const {status, said} = await ask("/save", drawing).catch(() => ({status: 0, said: {}}));
  if (status === 401) { closed(); return; }
  if (said.problems) { judged = said; redraw(); drawJudged(); }
  if (said.saves) { saves = said.saves; kept = sent; say("saved"); }
  else if (!status) say("lost", true);
  else if (said.refused) say("refused", true, {why: said.refused});
  else say(said.problems && said.problems.length ? "not saved" : "no view yet", true);
}

async function showPicture() {
  if (!SHOWN.includes(state.view)) { dropPicture(); return; }
  const {status, said} = await ask("/background.png");
  if (status !== 200) return;
  const old = $("background").src;
  $("background").src = URL.createObjectURL(said);
  $("background").hidden = false;
  if (old) URL.revokeObjectURL(old);
}

function dropPicture() {
  const old = $("background").src;
  $("background").hidden = true;
  $("background").removeAttribute("src");
  if (old) URL.revokeObjectURL(old);
}

function showView() { put("view", t(`view: ${state.view}`), ![...SHOWN, "learning"].includes(state.view)); }

function showTime() {
  $("left").textContent = `${Math.floor(state.left_s / 60)} min ${state.left_s % 60} s`;
  until = Date.now() + state.left_s * 1000;
  if (state.left_s < SOON_S && unsaved() && !saying) say("soon", true);
}

async function look() {
  try {
    const {status, said} = await ask("/state");
    if (status === 401) { closed(); return; }
    state = said;
    lost = 0;
    if (!known) { known = true; saves = said.saves; drawing = {...EMPTY, ...said.drawing}; kept = JSON.stringify(drawing); drawAll(); }
    if (said.saves > saves) { saves = said.saves; say("elsewhere", true); }
    if (said.inside && String(size) !== String(said.inside)) { size = said.inside; drawAll(); }
    if (!judged.size && said.inside) changed();
    showTime();
    showView();
    $("entry").hidden = true;
    $("work").hidden = $("time").hidden = false;
    if (saying && saying.key === "lost") say("");
    await showPicture();
  } catch {
    if (Date.now() >= until) { closed(); return; }
    if (known) say("lost", true);
    // Who has gone may have ended the set-up: without the node there is no picture.
    if (++lost >= LOST) dropPicture();
  }
  setTimeout(look, LOOK_MS);
}

function closed() {
  const was = known;
  known = false;
  state = null;
  $("work").hidden = $("time").hidden = true;
  dropPicture();
  $("entry").hidden = was;
  if (was) say("over");
  else $("code").focus();
}

async function enter(event) {
  event.preventDefault();
  const {status, said} = await ask("/code", {code: $("code").value}).catch(() => ({status: 0, said: {}}));
  $("code").value = "";
  if (status === 200) { say(""); look(); }
  else if (!status || said.left === 0) { $("entry").hidden = true; say(status ? "code: many" : "over", true); }
  else say(said.answer ? `code: ${said.answer}` : "lost", true, {left: said.left});
}

async function end() {
  if (unsaved() && !(saying && saying.key === "unsaved")) { say("unsaved", true); return; }
  await ask("/end", {}).catch(() => 0);
  closed();
}

function drawAll() {
  redraw();
  drawShapes();
  drawJudged();
  changed();
}

function speak(language) {
  lang = language;
  if (saying) say(saying.key, saying.bad, saying.more);
  document.documentElement.lang = lang;
  document.title = `${t("title")} · Kynnys`;
  for (const one of document.querySelectorAll("[data-word]")) one.textContent = t(one.dataset.word);
  for (const one of document.querySelectorAll("[data-language]")) one.setAttribute("aria-pressed", one.dataset.language === lang);
  if (state) { showView(); drawAll(); }
}

document.addEventListener("DOMContentLoaded", async () => {
  words = (await ask("/words.json")).said;
  const wish = navigator.language.slice(0, 2);
  speak(wish in words ? wish : "fi");
  for (const one of document.querySelectorAll("[data-language]")) one.addEventListener("click", () => speak(one.dataset.language));
  for (const one of document.querySelectorAll("[data-add]")) one.addEventListener("click", () => { if (one.dataset.add !== "ground" || !drawing.ground) add(one.dataset.add); });
  $("entry").addEventListener("submit", enter);
  $("save").addEventListener("click", save);
  $("end").addEventListener("click", end);
  window.addEventListener("beforeunload", (event) => { if (unsaved()) event.preventDefault(); });
  look();
});
