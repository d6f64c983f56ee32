// Runs the model of this folder on pictures that are dropped, chosen or pasted. Classic scripts and no fetch, so that
// the page works when it is opened by a double click. `card.js` says what the model is; `runtime.js` and the
// `model-*.js` hold bytes as text.
"use strict";

const SHOWN = 5; // classes with a bar of their own
const LARGE = 960; // pixels of a picture's longer side as it is shown,
const SMALL = 320; // ... once there are more than
const FEW = 30; // ... of them: a thousand large ones would not fit into memory

const card = graft.card;
const answers = (graft.answers = []); // {name, probabilities, status}, in the order in which they were asked
const waiting = [];
let session = null;
let working = false;

const element = (id) => document.getElementById(id);

// The model

function bytesOf(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

async function inflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function wake() {
  ort.env.wasm.numThreads = 1; // more would need headers that only a server can send
  ort.env.wasm.wasmBinary = await inflated(bytesOf(graft.runtime.wasm));
  const glue = new Blob([graft.runtime.glue], { type: "text/javascript" });
  ort.env.wasm.wasmPaths = { mjs: URL.createObjectURL(glue) };
  const model = new Blob(graft.model.map(bytesOf));
  delete graft.model;
  delete graft.runtime;
  session = await ort.InferenceSession.create(new Uint8Array(await model.arrayBuffer()), { executionProviders: ["wasm"] });
}

// Upright, without colour management, transparent parts on white: as the model met pictures when it was taught.
async function read(blob) {
  const bitmap = await createImageBitmap(blob, { colorSpaceConversion: "none" });
  const canvas = document.createElement("canvas");
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return canvas;
}

async function probabilities(canvas) {
  const { width, height } = canvas;
  const rgba = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  const rgb = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    rgb[to++] = rgba[from];
    rgb[to++] = rgba[from + 1];
    rgb[to++] = rgba[from + 2];
  }
  const image = new ort.Tensor("uint8", rgb, [1, height, width, 3]);
  const given = await session.run({ image });
  const chances = Array.from(given.probabilities.data);
  given.probabilities.dispose();
  return chances;
}

const likeliest = (chances) => chances.indexOf(Math.max(...chances));

// The class that is the answer: the likeliest, or as the line has it that was drawn for one class.
function best(chances) {
  if (!card.line) return likeliest(chances);
  const place = card.labels.indexOf(card.line.label);
  if (chances[place] >= card.line.threshold) return place;
  return likeliest(chances.map((chance, index) => (index === place ? -1 : chance)));
}

// A few pictures whose answers are known: does this browser give the same?
async function checkItself() {
  let largest = 0;
  let same = 0;
  for (const known of card.checks) {
    const found = await probabilities(await read(new Blob([bytesOf(known.png)], { type: "image/png" })));
    const differences = found.map((chance, index) => Math.abs(chance - known.probabilities[index]));
    largest = Math.max(largest, ...differences);
    const behind = Math.max(...known.probabilities) - known.probabilities[likeliest(found)];
    same += behind <= card.tolerance;
  }
  const good = largest <= card.tolerance && same === card.checks.length;
  graft.check = { good, largest, same };
  const line = element("check");
  line.className = good ? "good" : "bad";
  line.textContent = good
    ? `✓ Checked in this browser: the answers of the program that made this page, on ${same} of ${card.checks.length} ` +
      `test pictures (largest difference ${largest.toFixed(6)}).`
    : `✗ This browser computes other answers than the program that made this page (difference ${largest.toFixed(3)}). ` +
      "Do not rely on them; try another browser.";
}

// Answers

async function work() {
  if (working || !session) return;
  working = true;
  let done = 0;
  while (waiting.length) {
    const { file, place } = waiting.shift();
    say(`Looking at ${file.name} (${++done} of ${done + waiting.length})…`);
    await new Promise((drawn) => setTimeout(drawn)); // let the page be drawn in between
    answers.push(await answered(file, place));
  }
  working = false;
  sum();
}

async function answered(file, place) {
  const name = file.webkitRelativePath || file.name;
  let canvas;
  try {
    canvas = await read(file);
  } catch {
    showUnread(place, name);
    return { name, probabilities: null, status: "NOT_AN_IMAGE" };
  }
  const chances = await probabilities(canvas);
  const sure = Math.max(...chances) >= card.threshold;
  showAnswer(place, name, canvas, chances, sure);
  return { name, probabilities: chances, status: sure ? "ok" : "not_sure" };
}

function made(kind, text = "", className = "") {
  const node = document.createElement(kind);
  node.textContent = text;
  if (className) node.className = className;
  return node;
}

const percent = (share) =>
  share > 0 && share < 0.005 ? "< 1 %" : share < 1 && share >= 0.995 ? "> 99 %" : `${Math.round(share * 100)} %`;

function showAnswer(place, name, canvas, chances, sure) {
  const order = chances.map((_, index) => index).sort((one, other) => chances[other] - chances[one]);
  const said = made("div", "", "said");
  const first = best(chances);
  const head = made("h2", sure ? card.labels[first] : "Not sure");
  head.prepend(made("span", percent(chances[first]), "sure"));
  const bars = made("dl", "", "bars");
  order.slice(0, SHOWN).forEach((index) => addBar(bars, card.labels[index], chances[index], index === first && sure));
  const rest = order.slice(SHOWN);
  if (rest.length) addBar(bars, `${rest.length} others`, rest.reduce((sum, index) => sum + chances[index], 0), false);
  said.append(head, bars, made("p", name, "file"));
  place.className = sure ? "" : "careful";
  place.replaceChildren(thumbnail(canvas, name), said);
}

function addBar(bars, label, share, first) {
  const bar = made("dd");
  const meter = made("meter", "", first ? "first" : "");
  meter.value = share;
  meter.setAttribute("aria-label", `${label}: ${percent(share)}`);
  bar.append(meter);
  const title = made("dt", label);
  title.title = label;
  bars.append(title, bar, made("dd", percent(share)));
}

function thumbnail(canvas, name) {
  const scale = Math.min(1, (answers.length < FEW ? LARGE : SMALL) / Math.max(canvas.width, canvas.height));
  const small = document.createElement("canvas");
  small.width = Math.max(1, Math.round(canvas.width * scale));
  small.height = Math.max(1, Math.round(canvas.height * scale));
  small.getContext("2d").drawImage(canvas, 0, 0, small.width, small.height);
  small.setAttribute("role", "img");
  small.setAttribute("aria-label", name);
  return small;
}

function showUnread(place, name) {
  const said = made("div", "", "said");
  const why = "This browser cannot read the file. Save it as JPEG or PNG and try again.";
  said.append(made("h2", "Not a picture"), made("p", why), made("p", name, "file"));
  place.className = "careful";
  place.replaceChildren(made("div", "?", "none"), said);
}

function say(text) {
  element("status").textContent = text;
}

function sum() {
  const counts = new Map();
  for (const answer of answers) {
    const title =
      answer.status === "ok" ? card.labels[best(answer.probabilities)] : answer.probabilities ? "not sure" : "unreadable";
    counts.set(title, (counts.get(title) ?? 0) + 1);
  }
  const parts = [...counts].sort((one, other) => other[1] - one[1]).map(([title, count]) => `${count} ${title}`);
  const more = parts.length > 6 ? [...parts.slice(0, 6), "…"] : parts;
  say(answers.length > 1 ? `${answers.length} pictures: ${more.join(", ")}` : answers.length ? "" : "Ready.");
  element("save").hidden = element("clear").hidden = !answers.length;
}

// Pictures in, a table out

function take(files) {
  for (const file of files) {
    const place = made("li");
    place.append(made("div", "…", "none"));
    element("answers").prepend(place);
    waiting.push({ file, place });
  }
  document.body.classList.toggle("answered", element("answers").childElementCount > 0);
  work();
}

async function filesBelow(entry) {
  if (entry.isFile) return entry.name.startsWith(".") ? [] : [await new Promise((yes, no) => entry.file(yes, no))];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((yes, no) => reader.readEntries(yes, no)); // at most a hundred at a time
    if (!some.length) return found;
    for (const one of some) found.push(...(await filesBelow(one)));
  }
}

async function drop(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const files = [...transfer.files];
  take(entries.length ? (await Promise.all(entries.map(filesBelow))).flat() : files);
}

// Text that a spreadsheet could run gets a quote in front.
const safe = (text) => (/^'*[=+\-@\u0000-\u001f\u007f-\u009f]/.test(text) ? `'${text}` : text);
const cell = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

function table() {
  const rows = [["path", "label", "probability", "status", ...card.labels.map(safe)]];
  for (const { name, probabilities: chances, status } of answers) {
    const first = chances && best(chances);
    const told = chances ? [safe(card.labels[first]), chances[first], status, ...chances] : ["", "", status, ...card.labels.map(() => "")];
    rows.push([safe(name), ...told]);
  }
  return rows.map((row) => row.map((value) => cell(String(value))).join(",") + "\r\n").join("");
}

function save() {
  const link = made("a");
  link.href = URL.createObjectURL(new Blob([table()], { type: "text/csv" }));
  link.download = "predictions.csv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function clear() {
  waiting.length = answers.length = 0;
  element("answers").replaceChildren();
  document.body.classList.remove("answered");
  sum();
}

function listen() {
  element("files").addEventListener("change", (event) => {
    take([...event.target.files]);
    event.target.value = "";
  });
  element("drop").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    element("files").click();
  });
  element("save").addEventListener("click", save);
  element("clear").addEventListener("click", clear);
  addEventListener("paste", (event) => take([...event.clipboardData.files]));
  addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("over");
  });
  addEventListener("dragleave", (event) => event.relatedTarget || document.body.classList.remove("over"));
  addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("over");
    drop(event.dataTransfer);
  });
}

function introduce() {
  const { labels } = card;
  const question = labels.length <= 3 ? `${labels.join(" or ")}?` : `Which of ${labels.length} kinds?`;
  element("question").textContent = question[0].toUpperCase() + question.slice(1);
  document.title = question;
  element("kinds").textContent = labels.length <= 3 ? "" : labels.slice(0, 40).join(", ") + (labels.length > 40 ? ", …" : "");
  element("made").textContent = card.made;
}

introduce();
listen();
addEventListener("DOMContentLoaded", async () => {
  try {
    await wake();
    await checkItself();
  } catch (error) {
    say(`The model could not be started in this browser (${error.message ?? error}). A current Firefox, Chrome, Edge or Safari can.`);
    return;
  }
  sum();
  graft.ready = true;
  work();
});
