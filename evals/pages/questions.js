// The table of questions: filters, and what is behind each when it is opened. Text only, never HTML.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const body = document.querySelector(".questions tbody");
const count = document.getElementById("count");
const filters = [...document.querySelectorAll(".filters [name]")];

function make(tag, text, className) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
}

function add(parent, ...children) {
  parent.append(...children.filter((child) => child !== null));
  return parent;
}

const spoken = (kind) => kind.replaceAll("_", " ");
const verdict = (reply) => make("span", reply.right ? "✓ right" : "✗ wrong", `verdict ${reply.right ? "good" : "bad"}`);

function list(items, line) {
  return add(make("ul"), ...items.map((item) => add(make("li"), line(item))));
}

function facts(question, reply) {
  if (!question.facts.length) return null;
  const items = question.facts.map((alternatives, i) => ({ alternatives, found: reply.facts[i] }));
  return add(
    make("div"),
    make("h3", "Facts that the answer must hold"),
    list(items, ({ alternatives, found }) => {
      const line = make("span", `${found ? "✓" : "✗"} `, found ? "good" : "bad");
      return add(make("span"), line, make("span", alternatives.join("  — or —  ")));
    }),
  );
}

function hits(reply) {
  if (!reply.hits.length) return null;
  const table = make("table");
  const head = add(make("tr"), ...["", "sentence found", "fused", "dense", "expected", "lexical"].map((t) => make("th", t)));
  for (const [number, ...scores] of reply.hits) {
    const text = data.sentences[number];
    const row = add(make("tr"), make("td", reply.sentences.includes(text) ? "shown" : ""), make("td", text));
    add(table, add(row, ...scores.map((score) => make("td", score.toFixed(2), "figure"))));
  }
  table.prepend(head);
  return add(make("div"), make("h3", "What the search found, best first"), add(make("div", undefined, "wide"), table));
}

function replyBlock(question, reply) {
  const shown = make("div", undefined, "reply");
  for (const text of reply.text.split("\n")) if (text) shown.append(make("p", text));
  const why = [`kind: ${spoken(reply.kind)}`, `reasons: ${reply.reasons.join(", ") || "none"}`];
  if (reply.confidence !== null) why.push(`relevance: ${reply.confidence.toFixed(2)}`);
  for (const [name, value] of Object.entries(reply.thresholds)) why.push(`${spoken(name)}: ${value}`);
  if (reply.understood !== question.q) why.push(`understood as: ${reply.understood}`);
  const title = add(make("h3", reply.label ? `${reply.label}: ` : "Reply: "), verdict(reply));
  return add(make("div"), title, shown, make("p", why.join(" · "), "soft"), facts(question, reply), hits(reply));
}

function details(question) {
  const cell = make("td");
  cell.colSpan = 6;
  if (question.history.length) add(cell, make("h3", "Asked before"), list(question.history, (q) => make("span", q)));
  const sides = add(make("div", undefined, "sides"), ...question.replies.map((reply) => replyBlock(question, reply)));
  return add(make("tr", undefined, "opened"), add(cell, sides));
}

function row(question) {
  const line = make("tr");
  const button = make("button", question.q);
  button.type = "button";
  button.setAttribute("aria-expanded", "false");
  let opened = null;
  button.addEventListener("click", () => {
    if (opened) opened.remove();
    opened = opened ? null : details(question);
    if (opened) line.after(opened);
    button.setAttribute("aria-expanded", String(Boolean(opened)));
  });
  const states = make("td");
  question.replies.forEach((reply, i) => add(states, i ? make("span", " → ") : null, verdict(reply)));
  const got = question.replies.map((reply) => spoken(reply.kind)).join(" → ");
  return add(line, states, add(make("td"), button), ...[spoken(question.kind), got, question.set, question.split].map((t) => make("td", t)));
}

const rows = data.questions.map((question) => ({
  question,
  words: [question.q, ...question.tags, question.id, question.set].join(" ").toLowerCase(),
  line: null,
}));

function keeps(question, words, { name, value, type, checked }) {
  if (type === "checkbox") return !checked || question.replies.some((reply) => !reply.right);
  if (!value) return true;
  if (name === "words") return words.includes(value.toLowerCase());
  return (name === "got" ? question.replies.map((reply) => reply.kind) : [question[name]]).includes(value);
}

function show() {
  const kept = rows.filter(({ question, words }) => filters.every((filter) => keeps(question, words, filter)));
  body.replaceChildren(...kept.map((entry) => (entry.line ??= row(entry.question))));
  count.textContent = `${kept.length} of ${rows.length} questions`;
}

for (const filter of filters) {
  if (filter.tagName === "SELECT") {
    const values = rows.flatMap(({ question }) =>
      filter.name === "got" ? question.replies.map((reply) => reply.kind) : [question[filter.name]],
    );
    for (const value of [...new Set(values)].sort()) {
      const option = make("option", spoken(value));
      option.value = value;
      filter.append(option);
    }
  }
  filter.addEventListener("input", show);
}
show();
