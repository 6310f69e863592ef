// Leaves the window when its reader has been signed out: nothing stays on the screen.
"use strict";
const EVERY_MS = 15_000;

async function check() {
  const answer = await fetch("./session", { cache: "no-store" }).catch(() => null); // away: it may come back
  if (answer?.status === 401) location.replace("./sign-in?ended");
}

setInterval(check, EVERY_MS);
addEventListener("click", check);
addEventListener("pageshow", check);
document.addEventListener("visibilitychange", check);
