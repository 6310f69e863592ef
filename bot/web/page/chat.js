"use strict";

const byId = (id) => document.getElementById(id);
const TIERS = {
  article: "The clinic's article",
  cited: "Our notes on a source that the article cites",
  regulator: "Our notes on a government source",
  study: "Our notes on a study",
};
const PATIENCE_MS = 60_000;
const asked = [];
let waiting = false;

function element(name, props = {}, ...children) {
  const node = Object.assign(document.createElement(name), props);
  node.append(...children);
  return node;
}

async function getJson(url, init) {
  let response;
  try {
    response = await fetch(url, init);
  } catch {
    throw new Error("The assistant can't be reached. Please check your connection and try again.");
  }
  const body = await response.json().catch(() => null);
  if (!response.ok || !body) throw new Error(body?.error?.message ?? "Something went wrong. Please try again.");
  return body;
}

async function openPassage(citation) {
  const passage = await getJson(`/api/passages/${citation.passage_id}`);
  const start = passage.text.indexOf(citation.quote); // offsets move when the document grows above the passage
  const end = start + citation.quote.length;
  byId("passage-tier").textContent = TIERS[citation.tier];
  byId("passage-title").textContent = passage.title;
  byId("passage-section").textContent = passage.section.join(" › ");
  byId("passage-text").replaceChildren(
    passage.text.slice(0, start),
    element("mark", { textContent: citation.quote }),
    passage.text.slice(end),
  );
  byId("passage-coverage").textContent = citation.tier === "article" ? "" : `What was read of it: ${passage.coverage}`;
  byId("passage-link").hidden = !passage.link;
  if (passage.link) byId("passage-link").href = passage.link;
  byId("passage").showModal();
  byId("passage-text").querySelector("mark").scrollIntoView({ block: "nearest" });
}

function citeButton(citation) {
  return element("button", {
    type: "button",
    className: "cite",
    textContent: citation.n,
    ariaLabel: `Source ${citation.n}: ${citation.title}`,
    onclick: () => openPassage(citation).catch(complain),
  });
}

function showReply(reply) {
  const card = element("article", { className: `reply ${reply.kind}`, tabIndex: -1 });
  if (reply.notice) card.append(element("p", { textContent: reply.notice }));
  const byNumber = new Map(reply.citations.map((citation) => [citation.n, citation]));
  for (const sentence of reply.sentences) {
    card.append(element("p", {}, sentence.text, ...sentence.citations.map((n) => citeButton(byNumber.get(n)))));
  }
  for (const caution of reply.cautions) {
    card.append(element("p", { className: "caution" }, `${caution.text} `, element("span", { className: "tier", textContent: `${caution.citation.title} (${TIERS[caution.citation.tier]})` })));
  }
  const sources = reply.citations.map((citation) =>
    element("li", {},
      element("button", { type: "button", onclick: () => openPassage(citation).catch(complain) }, `${citation.n}. ${citation.title}`),
      element("span", { className: "tier", textContent: TIERS[citation.tier] }),
    ),
  );
  if (sources.length) card.append(element("ul", { className: "sources" }, ...sources));
  card.append(element("p", { className: "fine", textContent: reply.disclaimer }));
  byId("log").append(card);
  byId("announcement").textContent = [reply.notice, ...reply.sentences.map((sentence) => sentence.text)].filter(Boolean).join(" ");
  if (document.activeElement === document.body) card.focus({ preventScroll: true });
}

function say(message) {
  byId("status").textContent = message;
  byId("status").scrollIntoView({ block: "nearest" });
}

function complain(error) {
  say(error.message);
}

async function ask(question) {
  const bubble = element("p", { className: "question", textContent: question });
  byId("log").append(bubble);
  const offered = [...byId("suggestions").children];
  byId("suggestions").replaceChildren();
  say("Looking in the clinic's documents…");
  waiting = true;
  try {
    const reply = await getJson("/api/chat", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ question, history: asked.slice(-5) }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    showReply(reply);
    bubble.scrollIntoView({ block: "start" });
    byId("status").textContent = "";
    asked.push(question);
    suggest(reply.suggestions);
  } catch (error) {
    bubble.remove();
    byId("question").value = [question, byId("question").value].filter(Boolean).join("\n");
    byId("question").focus();
    byId("suggestions").replaceChildren(...offered);
    complain(error);
  } finally {
    waiting = false;
  }
}

function suggest(questions) {
  byId("suggestions").replaceChildren(
    ...questions.map((question) => element("button", { type: "button", textContent: question, onclick: () => ask(question) })),
  );
}

async function start() {
  const config = await getJson("/api/config");
  byId("greeting").textContent = config.greeting;
  byId("disclaimer").textContent = config.disclaimer;
  suggest(config.suggestions);
}

byId("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const question = byId("question").value.trim();
  if (!question || waiting) return;
  byId("question").value = "";
  ask(question);
});
byId("question").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    byId("form").requestSubmit();
  }
});
start().catch(complain);
