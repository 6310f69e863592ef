// Tells when the server is away, and loads the window again when it is back: what it had begun is not known there any more.
"use strict";
const LOOK_EVERY_MS = 3_000;
const AWAY = "The server does not answer. What you see may be out of date; this window tries again by itself.";
const BACK = "The server is back. What you see is from before. Copy what you have typed, then load the window again.";
const TYPED = "textarea, input[type=text]";

const bar = document.createElement("div");
bar.className = "away";
bar.setAttribute("role", "alert");
let away = false;

function tell(words) {
  bar.replaceChildren(words);
  document.querySelector(".bar").after(bar);
}

function loadAgain() {
  const tab = document.querySelector("#staff-tabs [role=tab][aria-selected=true]");
  if (tab) history.replaceState(null, "", `#${encodeURIComponent(tab.textContent.trim())}`);
  location.reload();
}

function offer() {
  const again = document.createElement("button");
  again.type = "button";
  again.textContent = "Load again";
  again.addEventListener("click", loadAgain);
  tell(BACK);
  bar.append(again);
}

async function look() {
  const answer = await fetch("./session", { cache: "no-store" }).catch(() => null);
  if (!answer && !away) tell(AWAY);
  if (!answer) away = true;
  if (!answer?.ok || !away) return; // who was signed out is taken to the sign-in by another script
  away = false;
  const isTyped = [...document.querySelectorAll(TYPED)].some((field) => field.value.trim());
  if (isTyped) offer();
  else loadAgain();
}

function openTab(name) {
  const tab = [...document.querySelectorAll("#staff-tabs [role=tab]")].find((each) => each.textContent.trim() === name);
  tab?.click();
  return Boolean(tab);
}

const wanted = decodeURIComponent(location.hash.slice(1));
if (wanted) {
  history.replaceState(null, "", location.pathname);
  const watch = new MutationObserver(() => openTab(wanted) && watch.disconnect());
  watch.observe(document.body, { childList: true, subtree: true });
}
setInterval(look, LOOK_EVERY_MS);
