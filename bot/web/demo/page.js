/* The page's own buttons open the chat window; until there is one they are not shown. */
"use strict";
document.addEventListener("faqbot:ready", ({ target: chat }) => {
  for (const button of document.querySelectorAll("[data-ask]")) {
    button.hidden = false;
    button.addEventListener("click", () => chat.open());
  }
  const suggestions = document.querySelector("[data-suggestions]");
  suggestions.hidden = !suggestions.children.length;
  for (const button of suggestions.querySelectorAll("button")) {
    button.addEventListener("click", () => chat.ask(button.textContent));
  }
});
