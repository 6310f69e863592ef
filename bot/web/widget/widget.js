// The patient's chat window, <faqbot-chat>: what the server says is only ever set as text.
(() => {
"use strict";
if (customElements.get("faqbot-chat")) return;

const script = document.currentScript;
const HOME = new URL(".", script?.src || document.baseURI);
const SMALL = matchMedia("(max-width: 30em), (max-height: 30em)");
const SILENCE_MS = 20_000; // heartbeats come oftener, unless held up
const PATIENCE_MS = 120_000;
const SLOW_MS = 8_000;
const HISTORY = 5;
const FINAL = ["too_long", "malformed"];
const ICONS = {
  chat: "M5 4h14a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-8l-5 4v-4H5a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2zM8 9h8M8 12.5h5",
  close: "M6 6l12 12M18 6L6 18",
  menu: "M5 11v2M12 11v2M19 11v2",
  send: "M12 19V6M6 11l6-6 6 6",
  thumb: "M7 11v9H4v-9zM7 11l4-8a2 2 0 0 1 2 2v4h5a2 2 0 0 1 2 2l-1 7a2 2 0 0 1-2 2H7",
  call: "M6 3h3l2 5-2 2a11 11 0 0 0 5 5l2-2 5 2v3a3 3 0 0 1-3 3A15 15 0 0 1 3 6a3 3 0 0 1 3-3z",
  visit: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
  alert: "M12 3l10 17H2zM12 10v4M12 17h0",
};

const STYLE = sheet(`
:host { all: initial !important; display: block !important; }
:host(:not([inline])) { position: fixed !important; z-index: 2147483647 !important; }
:host([inline]) { height: var(--faqbot-height, min(46em, 85dvh)) !important; }
@media print { :host { display: none !important; } }
* { box-sizing: border-box; margin: 0; padding: 0; }
[hidden] { display: none !important; }
.w {
--ink: light-dark(#122, #eff); --soft: light-dark(#566, #abb); --line: light-dark(#dee, #344);
--paper: light-dark(#f5f9f9, #10191b); --card: light-dark(#fff, #192528);
--tint: color-mix(in srgb, var(--brand) 10%, var(--card)); --edge: color-mix(in srgb, var(--accent) 45%, var(--card));
--mark: light-dark(#fea, #651); --warn: light-dark(#fff7e3, #321); --warned: light-dark(#c80, #da3);
--alarm: light-dark(#fee, #311); --alarmed: light-dark(#b22, #fba);
font: 1em/1.5 system-ui, sans-serif; color: var(--ink); height: 100%;
}
p, h2, h3, dd, blockquote, span { unicode-bidi: plaintext; overflow-wrap: anywhere; }
ul { list-style: none; }
button, textarea { font: inherit; color: inherit; background: none; }
button, .link {
display: inline-flex; align-items: center; gap: .5em; text-align: start; cursor: pointer;
border: 1px solid transparent; border-radius: 1.2em; min-height: 1.8em;
}
svg {
flex: none; width: 1.25em; height: 1.25em;
fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round;
}
:focus { outline: 0; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.vh { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.launch, .you, .ask .round, .win > .head, [aria-pressed=true] { background: var(--brand); color: var(--on); }
.launch, dialog {
position: fixed; inset: auto calc(1.25em + env(safe-area-inset-right)) calc(1.25em + env(safe-area-inset-bottom)) auto;
box-shadow: 0 8px 24px #0003;
}
.launch { padding: .8em 1.2em; border-radius: 2em; font-weight: 600; max-width: calc(100vw - 2.5em); }
.left :is(.launch, dialog), :is(.launch, dialog):dir(rtl) { left: 1.25em; right: auto; }
.right :is(.launch, dialog) { left: auto; right: 1.25em; }
.win {
container-type: inline-size; display: flex; flex-direction: column; overflow: clip; width: 100%; height: 100%;
background: var(--paper); color: inherit; border: 1px solid var(--line); border-radius: 1.2em; position: relative;
}
dialog.win { position: fixed; width: min(27em, 100vw - 2.5em); max-width: none; height: min(47em, 100dvh - 2.5em); max-height: none; }
dialog:not([open]) { display: none; }
.head { display: flex; align-items: center; gap: .8em; padding: .8em 1em; }
.head :focus-visible { outline-color: currentColor; }
:is(.head *, .log):focus-visible { outline-offset: -3px; }
.head > div { flex: 1; min-width: 0; }
.head p, h3, .rate, .note, .fine, .kind { font-size: .8125em; line-height: 1.4; }
h2 { font-size: 1.05em; line-height: 1.4; }
.badge { display: grid; place-items: center; width: 2.5em; height: 2.5em; border-radius: 50%; background: var(--on); color: var(--brand); }
.round { justify-content: center; width: 2.5em; height: 2.5em; border-radius: 50%; }
.head .round:hover { background: color-mix(in srgb, currentColor 14%, transparent); }
.menu { position: absolute; z-index: 3; top: 3.9em; inset-inline-end: .75em; display: grid; padding: .4em; background: var(--card); border: 1px solid var(--line); border-radius: 1.2em; box-shadow: 0 8px 24px #0003; }
.menu button { padding: .5em 1em; }
.log { flex: 1; min-height: 0; overflow-y: auto; overscroll-behavior: contain; padding: 1em; position: relative; }
.log > *, .foot > * { max-width: 44em; margin-inline: auto; }
.turn { margin-top: 1.5em; }
.you { width: fit-content; max-width: 88%; margin-inline-start: auto; margin-bottom: .8em; padding: .5em 1em; border: 1px solid transparent; border-radius: 1.2em; border-end-end-radius: .3em; white-space: pre-wrap; }
.reply, .hello, .caution, .panel { display: grid; grid-template-columns: minmax(0, 1fr); gap: .8em; }
.reply, .hello { background: var(--card); border: 1px solid var(--line); border-radius: 1.2em; padding: 1em; }
h3 { color: var(--soft); display: flex; align-items: center; gap: .4em; }
.quote { position: relative; }
.cite { font-size: .75em; font-weight: 600; line-height: 1; vertical-align: .15em; justify-content: center; min-width: 2em; min-height: 2em; padding: 0 .4em; margin-inline-start: .4em; border-radius: .6em; }
.cite, .link, .kind { background: var(--tint); color: var(--accent); border: 1px solid var(--edge); }
:is(.cite, .chip, .source):hover { border-color: var(--accent); }
.term { display: inline; border: 0; border-radius: .2em; text-decoration: underline dotted var(--accent) 2px; text-underline-offset: .2em; min-height: 0; }
.tip { position: absolute; z-index: 2; inset-inline: 0; padding: .8em 1em; background: var(--ink); color: var(--paper); border: 1px solid transparent; border-radius: .8em; box-shadow: 0 8px 24px #0003; }
.tip b { display: block; }
.caution { gap: .4em; padding: .8em 1em; border-radius: .8em; background: var(--warn); border: 1px solid var(--warned); border-inline-start-width: 5px; }
.caution h3 { color: inherit; font-size: 1em; }
.source { font-size: .875em; line-height: 1.4; align-items: baseline; width: 100%; padding: .5em .8em; margin-top: .4em; border-radius: .8em; border-color: var(--line); }
.source b { color: var(--accent); }
.source span { display: block; }
:is(.kind, span span)::first-letter { text-transform: uppercase; }
.fine, .source span span, summary, .rate, .note, .wait { color: var(--soft); }
.caution .source { margin: 0; padding: .2em 0; border: 0; }
.caution .source > span { text-decoration: underline; }
.caution .source span span { color: inherit; display: inline-block; text-decoration: none; width: 100%; }
.reply > .fine { padding-top: .8em; border-top: 1px solid var(--line); }
summary { cursor: pointer; font-size: .875em; }
dt { font-weight: 600; margin-top: .4em; }
.row { display: flex; flex-wrap: wrap; align-items: center; gap: .5em; }
.link { text-decoration: none; font-weight: 600; padding: .5em 1em; }
.row > .link:first-child { background: var(--brand); color: var(--on); border-color: transparent; }
.urgent { background: var(--alarm); border: 2px solid var(--alarmed); }
.urgent h3 { color: var(--alarmed); font-size: 1.05em; }
.urgent .link { flex: 1 1 auto; justify-content: center; color: var(--alarmed); background: var(--card); border: 2px solid; }
.urgent .link:first-child { flex-basis: 100%; font-size: 1.4em; background: #b22; color: #fff; }
.chips { margin-top: 1em; display: grid; gap: .5em; justify-items: start; }
.chip { padding: .5em 1em; border-color: var(--edge); background: var(--card); color: var(--accent); }
.rate .round { border-color: var(--line); }
.down svg { rotate: 180deg; }
.rate form { flex-basis: 100%; display: grid; gap: .4em; justify-items: start; }
.rate textarea { width: 100%; padding: .5em .8em; border: 1px solid; border-radius: .6em; }
.wait { display: flex; align-items: center; gap: .3em; }
.wait span { margin-inline-start: .4em; }
i { width: .5em; height: .5em; border-radius: 50%; background: var(--accent); border: 1px solid transparent; }
.trouble { border-inline-start: 5px solid var(--warned); }
.foot { padding: .8em 1em calc(.8em + env(safe-area-inset-bottom)); background: var(--card); border-top: 1px solid var(--line); }
.ask { display: flex; align-items: end; padding: .3em; border: 1px solid var(--soft); border-radius: 1.6em; background: var(--paper); }
.ask:focus-within { border-color: var(--accent); box-shadow: 0 0 0 2px var(--accent); }
.ask textarea { flex: 1; min-width: 0; padding: .5em .8em; border: 0; outline: 0; resize: none; field-sizing: content; max-height: 30dvh; }
::placeholder { color: var(--soft); opacity: 1; }
.ask [aria-disabled=true] { background: var(--line); color: var(--soft); cursor: default; }
.bad { color: var(--alarmed); font-weight: 600; }
.foot .fine { font-size: .75em; max-width: 58em; margin-top: .6em; }
.shade { position: absolute; inset: 0; z-index: 4; background: #0006; display: flex; align-items: end; }
.panel { flex: 1; max-height: 82%; grid-template-rows: repeat(3, auto) minmax(4em, 1fr); background: var(--card); border-radius: 1.2em 1.2em 0 0; border-top: 1px solid transparent; padding: 1em 1.2em 1.2em; }
.panel .head { padding: 0; }
.panel h3 { font-size: 1.05em; color: inherit; }
.kind { display: inline-block; padding: .2em .8em; border-radius: 1em; font-weight: 600; }
blockquote { white-space: pre-wrap; padding-inline-start: 1em; border-inline-start: 3px solid var(--line); overflow-y: auto; align-self: start; max-height: 100%; }
mark { background: var(--mark); color: inherit; border-radius: .2em; }
.panel .link { justify-self: start; }
iframe { position: absolute; width: 1px; height: 1px; border: 0; opacity: 0; }
@media (min-width: 62em) {
dialog.win:has(.shade:not([hidden])) { width: 54em; }
}
@container (min-width: 46em) {
.shade { inset-inline-start: auto; width: 26em; background: none; }
.panel { max-height: none; height: 100%; border-radius: 0; border-inline-start: 1px solid var(--line); }
.win > :has(~ .shade:not([hidden])) { margin-inline-end: 26em; }
}
@media (max-width: 30em), (max-height: 30em) {
dialog.win.win.win { inset: var(--top, 0) 0 auto 0; width: 100%; height: var(--high, 100dvh); border: 0; border-radius: 0; }
}
@media (max-height: 30em) {
.win, .panel { overflow-y: auto; grid-template-rows: none; max-height: 100%; }
.log { flex: none; overflow: visible; }
.shade { position: fixed; }
}
@media (prefers-reduced-motion: no-preference) {
.log { scroll-behavior: smooth; }
dialog, .panel, .turn > * { animation: rise .22s ease-out; }
i { animation: pulse 1.2s infinite; }
i + i { animation-delay: .2s; }
i + i + i { animation-delay: .4s; }
}
@keyframes rise { from { opacity: 0; transform: translateY(.6em); } }
@keyframes pulse { 50% { opacity: .25; } }
@media (forced-colors: active) {
mark { background: Mark; color: MarkText; }
button:not(.term, .caution *), .link, .head { border: 1px solid; }
}`);

function sheet(text) {
  const made = new CSSStyleSheet();
  made.replaceSync(text);
  return made;
}

function h(kind, props, ...children) {
  const [tag, name] = kind.split(".");
  const node = document.createElement(tag);
  if (name) node.className = name;
  for (const [key, value] of Object.entries(props)) {
    if (/^on|hidden/.test(key)) node[key] = value;
    else node.setAttribute(key, value);
  }
  node.append(...children.flat(9).filter(Boolean));
  return node;
}

function icon(name) {
  const [svg, path] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const slug = (text) => text.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");

const [BLACK, WHITE] = [[0, 0, 0], [255, 255, 255]];
const mix = (a, b, share) => a.map((value, at) => value + (b[at] - value) * share);

function contrast(...pair) {
  const parts = (color) => color.map((value, at) => [0.2126, 0.7152, 0.0722][at] * (value / 255) ** 2.2);
  const [dark, light] = pair.map((color) => parts(color).reduce((a, b) => a + b, 0.05)).sort((a, b) => a - b);
  return light / dark;
}

/** As much towards the ink as it takes to be read. */
function legible(color, ink, card, paper) {
  const grounds = [card, paper, mix(card, color, 0.1)];
  let share = 0;
  while (share < 1 && grounds.some((ground) => contrast(mix(color, ink, share), ground) < 5)) share += 0.05;
  return css(mix(color, ink, share));
}

const css = (color) => `rgb(${color.map(Math.round)})`;

function colours(color) {
  const on = contrast(color, WHITE) < 4.6 ? "#000" : "#fff";
  const accents = [legible(color, BLACK, WHITE, [245, 249, 249]), legible(color, WHITE, [25, 37, 40], [16, 25, 27])];
  return `--brand: ${css(color)}; --on: ${on}; --accent: light-dark(${accents})`;
}

async function* events(response, heard) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ""; ;) {
    const { value, done } = await reader.read();
    if (done) return;
    heard();
    const blocks = (rest + value).split(/\r?\n\r?\n/);
    rest = blocks.pop();
    for (const block of blocks) {
      const data = block.match(/(?<=^data: ?).+/gm);
      if (data) yield [/^event: ?(.*)/m.exec(block)?.[1], JSON.parse(data.join("\n"))];
    }
  }
}

let count = 0;

function chat(host) {
  const options = { ...script?.dataset, ...host.dataset };
  const inline = host.hasAttribute("inline");
  const server = new URL(options.server ?? ".", HOME).href.replace(/\/*$/, "/");
  const key = `faqbot-chat ${server} ${host.id || count++}`;
  const root = host.attachShadow({ mode: "open" });
  const w = h(`div.w ${options.position ?? ""}`, { lang: options.lang ?? "en" });
  const ui = {};
  let config, session, pending, abort, tip, from, later;
  let turns = [];
  let streams = true;

  async function load() {
    try {
      config = await json("api/config");
    } catch {
      addEventListener("online", load, { once: true });
      const again = h("button.link", { onclick: load }, "Try again");
      if (inline) w.replaceChildren(h("div.hello", { role: "alert" }, "The assistant can't be reached right now.", again));
      return;
    }
    removeEventListener("online", load);
    paint();
    build();
    const found = kept();
    restore(found);
    if (!inline && !SMALL.matches && (found.open ?? /^(true)?$/.test(options.open))) show();
    if (turns.length) scroll(turns.at(-1));
    tell("ready");
    later?.();
  }

  function paint() {
    const probe = h("i", { hidden: true });
    w.append(probe);
    for (const name of ["#0b5c63", config?.clinic.color, options.color]) if (name) probe.style.color = name;
    const { color } = probe.style;
    probe.style.color = `color-mix(in srgb, ${color}, ${color})`;
    const parts = getComputedStyle(probe).color.match(/[\d.]+(e-\d+)?/g).slice(0, 3).map((part) => part * 255);
    root.adoptedStyleSheets[1].replaceSync(`.w { color-scheme: ${options.theme ?? "light dark"}; ${colours(parts)} }`);
    probe.remove();
  }

  function t(name, blanks = {}) {
    return (config.texts[name] ?? name).replace(/\$(\w+)/g, (whole, blank) => blanks[blank] ?? whole);
  }

  function button(name, label, onclick, more) {
    return h("button.round", { "aria-label": label, title: label, onclick, ...more }, icon(name));
  }

  function build() {
    ui.title = h("h2", { id: "title", tabindex: -1 }, options.title || t("title"));
    ui.more = button("menu", t("menu"), () => menu(ui.menu.hidden), { "aria-expanded": "false" });
    ui.menu = h("div.menu", { hidden: true }, Object.entries({ copy, print, clear }).map(([name, act]) =>
      h("button", { onclick: () => { menu(false); ui.more.focus(); act(); } }, t(name))));
    ui.log = h("div.log", { role: "log", "aria-live": "off", "aria-label": t("log"), tabindex: 0 });
    ui.chips = h("div.chips", { role: "group", "aria-label": t("suggestions") });
    ui.box = h("textarea", { id: "box", rows: 1, autocomplete: "off", dir: "auto", placeholder: t("placeholder"), "aria-describedby": "note" });
    ui.send = h("button.round", { "aria-label": t("send"), title: t("send") }, icon("send"));
    ui.form = h("form.ask", {}, h("label.vh", { for: "box" }, t("question")), ui.box, ui.send);
    ui.note = h("p.note", { id: "note" });
    ui.polite = h("div.vh", { role: "status" });
    ui.loud = h("div.vh", { role: "alert" });
    ui.shade = h("div.shade", { hidden: true });
    ui.parts = [
      h("div.head", {}, h("span.badge", {}, icon("chat")), h("div", {}, ui.title, h("p", {}, t("subtitle"))), ui.more,
        !inline && button("close", t("close"), close)),
      ui.menu,
      ui.log,
      h("div.foot", {}, ui.note, ui.form, h("p.fine", {}, config.disclaimer)),
    ];
    ui.win = h(`${inline ? "section" : "dialog"}.win`, { "aria-labelledby": "title" }, ui.parts, ui.shade, ui.polite, ui.loud);
    ui.launch = h("button.launch", { hidden: inline, onclick: open }, icon("chat"), options.title || t("launch"));
    w.replaceChildren(ui.launch, ui.win);
    listen();
  }

  function listen() {
    ui.form.onsubmit = (event) => { event.preventDefault(); submit(ui.box.value.trim(), true); };
    ui.box.onkeydown = (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      ui.form.requestSubmit();
    };
    ui.box.oninput = () => { measure(); save(); };
    ui.win.onkeydown = (event) => { if (event.key === "Escape" && escape()) event.preventDefault(); };
    ui.win.oncancel = (event) => { event.preventDefault(); escape(); };
    ui.win.onclick = ({ target }) => {
      if (!ui.menu.contains(target) && !ui.more.contains(target)) menu(false);
      if (target === ui.shade || target === ui.win) shut();
    };
    if (inline) return;
    SMALL.addEventListener("change", () => {
      if (!ui.win.open) return;
      const focused = root.activeElement;
      ui.win.close();
      show();
      focused?.focus();
    });
    const fit = () => { // to what the keyboard on a screen leaves
      const { height, offsetTop, scale } = visualViewport;
      if (scale > 1.01) return;
      ui.win.style.setProperty("--high", `${height}px`);
      ui.win.style.setProperty("--top", `${offsetTop}px`);
    };
    visualViewport.addEventListener("resize", fit);
    visualViewport.addEventListener("scroll", fit);
  }

  function open() {
    if (!config) return void (later = open);
    if (inline || ui.win.open) return;
    from = document.activeElement;
    show();
    (SMALL.matches ? ui.title : ui.box).focus();
    tell("open");
  }

  function show() {
    ui.launch.hidden = true;
    if (SMALL.matches) ui.win.showModal();
    else ui.win.open = true; // show() would take the focus
    save();
  }

  function close() {
    if (inline || !ui.win?.open) return;
    shut();
    ui.win.close();
    ui.launch.hidden = false;
    (from && from !== host && from !== document.body ? from : ui.launch).focus();
    save();
    tell("close");
  }

  function escape() {
    if (tip) hint();
    else if (!ui.menu.hidden) menu(false, ui.more.focus());
    else if (!ui.shade.hidden) shut();
    else if (!inline) close();
    else return false;
    return true;
  }

  function menu(shown) {
    ui.menu.hidden = !shown;
    ui.more.setAttribute("aria-expanded", shown);
  }

  function tell(name, detail) {
    host.dispatchEvent(new CustomEvent(`faqbot:${name}`, { bubbles: true, composed: true, detail }));
  }

  function say(text, loud) {
    (loud ? ui.loud : ui.polite).replaceChildren(h("p", {}, text));
  }

  function save() {
    const kept = turns.map(({ question, reply, error, rating }) => ({ question, reply, error, rating }));
    try {
      sessionStorage.setItem(key, JSON.stringify({ session, turns: kept, draft: ui.box.value, open: ui.win.open }));
    } catch {
      // the browser keeps nothing here
    }
  }

  function kept() {
    try {
      return JSON.parse(sessionStorage.getItem(key)) ?? {};
    } catch {
      return {};
    }
  }

  function restore(found) {
    session = found.session ?? `${Math.random()}`;
    turns = found.turns ?? [];
    ui.box.value = found.draft ?? "";
    ui.log.replaceChildren(h("p.hello", {}, config.greeting), ui.chips);
    for (const turn of turns) {
      if (!turn.reply) turn.error ??= { code: "interrupted" };
      draw(turn);
    }
    suggest();
    measure();
  }

  function clear() {
    abort?.abort();
    pending = null;
    restore({});
    save();
    ui.box.focus();
    note("cleared");
    tell("clear");
  }

  function note(name, blanks, bad) {
    ui.note.textContent = name ? t(name, blanks) : "";
    ui.note.classList.toggle("bad", Boolean(bad));
    if (bad || !blanks) say(ui.note.textContent, bad);
  }

  function measure() {
    const [used, max] = [[...ui.box.value.trim()].length, config.max_question_chars];
    note(used > max ? "too_long" : used > max * 0.8 ? "count" : "", { count: used, max }, used > max);
    return used <= max;
  }

  function ask(question) {
    if (!config) return void (later = () => ask(question));
    open();
    submit(`${question}`.trim());
  }

  function submit(question, typed) {
    if (!question) return;
    if (pending) {
      if (!typed) ui.box.value = `${ui.box.value}\n${question}`.trim();
      return note("wait");
    }
    if (typed && !measure()) return;
    if (typed) ui.box.value = "";
    else ui.log.focus({ preventScroll: true });
    const turn = { question };
    turns.push(turn);
    tell("question");
    send(turn);
  }

  async function send(turn) {
    const { signal } = (abort = new AbortController());
    const history = turns.slice(0, turns.indexOf(turn)).filter(({ reply }) => reply).slice(-HISTORY).map(({ question }) => question);
    turn.error = null;
    pending = turn;
    draw(turn);
    suggest();
    state(turn, "searching");
    scroll(turn);
    save();
    const slow = setTimeout(state, SLOW_MS, turn, "slow");
    try {
      const reply = await answer(turn, { question: turn.question, history }, signal);
      if (!reply?.disclaimer || !reply.kind) throw { code: "failed" };
      turn.reply = reply;
    } catch ({ code = "failed", said, wait }) {
      turn.error = { code, said, until: Date.now() + wait * 1000 };
    }
    clearTimeout(slow);
    if (signal.aborted) return;
    pending = null;
    measure();
    finish(turn);
  }

  function finish(turn) {
    const waited = root.activeElement === ui.log;
    draw(turn);
    suggest();
    save();
    scroll(turn);
    if (waited) turn.node.lastChild.focus({ preventScroll: true });
    if (turn.error) {
      say(complaint(turn.error), true);
      return tell("error", { code: turn.error.code });
    }
    const { kind, reply_id, notice, sentences, cautions } = turn.reply;
    say([notice, ...sentences.map(({ text }) => text), ...cautions.map(({ text }) => `${t("caution")}: ${text}`)].filter(Boolean).join(" "), isUrgent(kind));
    tell("reply", { kind, reply_id });
  }

  async function call(path, body, ...signals) {
    const headers = { "content-type": "application/json", "x-faqbot-session": session };
    const signal = AbortSignal.any([AbortSignal.timeout(PATIENCE_MS), ...signals]);
    let response;
    try {
      response = await fetch(server + path, {
        ...(body && { method: "POST", headers, body: JSON.stringify(body) }), signal, credentials: "omit", referrerPolicy: "no-referrer",
      });
    } catch {
      throw { code: navigator.onLine ? "unreachable" : "offline" };
    }
    if (response.ok) return response;
    const error = (await response.json().catch(() => null))?.error;
    throw { code: error?.code, said: error?.message, wait: response.headers.get("retry-after") };
  }

  const json = async (...request) => (await call(...request)).json();

  /** The reply by stream; by one plain request where no stream comes through. */
  async function answer(turn, body, signal) {
    try {
      const reply = streams && (await stream(turn, body, signal));
      if (reply) return reply;
    } catch (error) {
      if (signal.aborted || error.said) throw error;
    }
    if (streams) draw(turn);
    state(turn, "searching");
    const reply = await json("api/chat", body, signal);
    streams = false;
    return reply;
  }

  async function stream(turn, body, signal) {
    const silence = new AbortController();
    let timer;
    const heard = () => {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
    };
    heard();
    try {
      const response = await call("api/chat/stream", body, signal, silence.signal);
      if (!response.headers.get("content-type")?.startsWith("text/event-stream")) return null;
      for await (const [name, data] of events(response, heard)) {
        if (name === "reply") return data;
        if (name === "error") throw { code: data.error.code, said: data.error.message };
        if (name === "status") state(turn, data.state);
        if (name === "sentence" && pending === turn) turn.wait.before(h("p", {}, data.text));
      }
    } finally {
      clearTimeout(timer);
    }
  }

  function state(turn, name) {
    const text = config.texts[`status_${name}`];
    if (!text || pending !== turn || turn.wait.lastChild.textContent === text) return;
    turn.wait.lastChild.textContent = text;
    say(text);
  }

  const isUrgent = (kind) => kind === "emergency" || kind === "crisis";

  function draw(turn) {
    turn.wait = h("div.wait", {}, h("i", {}), h("i", {}), h("i", {}), h("span", {}));
    const node = h("div.turn", {}, h("p.you", {}, h("span.vh", {}, `${t("you")}: `), turn.question),
      turn.reply ? reply(turn) : turn.error ? failure(turn) : h("div.reply", { tabindex: -1 }, turn.wait));
    if (turn.node?.isConnected) turn.node.replaceWith(node);
    else ui.chips.before(node);
    turn.node = node;
  }

  function suggest() {
    const questions = turns.findLast((turn) => turn.reply)?.reply.suggestions ?? config.suggestions;
    ui.send.setAttribute("aria-disabled", Boolean(pending));
    ui.chips.hidden = pending || !questions.length;
    ui.chips.replaceChildren(h("h3", {}, t("suggestions")), ...questions.map((question) => h("button.chip", { dir: "auto", onclick: () => submit(question) }, question)));
  }

  function scroll({ node }) {
    ui.log.scrollTop = node.offsetTop - 16;
  }

  function complaint({ code, said, until }) {
    const seconds = Math.ceil((until - Date.now()) / 1000);
    if (code === "too_many" && seconds > 0) return t("too_many_in", { seconds });
    return FINAL.includes(code) ? said : config.texts[code] ?? said ?? t("failed");
  }

  function failure(turn) {
    const again = () => { if (!pending) { ui.log.focus({ preventScroll: true }); send(turn); } };
    const edit = () => {
      turns = turns.filter((other) => other !== turn);
      turn.node.remove();
      ui.box.value = `${turn.question}\n${ui.box.value}`.trim();
      ui.box.focus();
      measure();
      save();
    };
    return h("div.reply trouble", { tabindex: -1 }, h("p", {}, complaint(turn.error)), h("div.row", {},
      !FINAL.includes(turn.error.code) && h("button.link", { onclick: again }, t("retry")),
      h("button.link", { onclick: edit }, t("edit"))));
  }

  function reply(turn) {
    const { kind, notice, sentences, citations, cautions, terms, disclaimer } = turn.reply;
    const urgent = isUrgent(kind);
    const left = [...terms];
    const quotes = sentences.map((sentence) => h("p.quote", {}, explained(sentence.text, left),
      sentence.citations.map((n) => cite(citations.find((citation) => citation.n === n)))));
    return h(`div.reply ${kind}${urgent ? " urgent" : ""}`, { tabindex: -1, role: "group", "aria-label": t("answer") },
      (urgent || kind === "no_answer") && h("h3", {}, urgent && icon("alert"), t(kind)),
      urgent && numbers(kind),
      notice && h("p", {}, notice),
      notice && !urgent && contact(notice),
      quotes,
      cautions.length > 0 && h("div.caution", { role: "note", "aria-label": t("caution") }, h("h3", {}, icon("alert"), t("caution")),
        cautions.map(({ text, citation }) => [h("p", {}, text), source(citation)])),
      left.length > 0 && h("details", {}, h("summary", {}, t("terms")), h("dl", {},
        left.map(({ term, definition }) => [h("dt", {}, term), h("dd", {}, definition)]))),
      citations.length > 0 && h("div", {}, h("h3", {}, t("sources")), h("ul", { role: "list" },
        Object.values(Object.groupBy(citations, ({ source_id }) => source_id)).map((same) => h("li", {}, source(same[0], same.map(({ n }) => n).join(", ")))))),
      !urgent && rate(turn),
      h("p.fine", {}, disclaimer));
  }

  function link(name, href, text, more) {
    return h("a.link", { href, ...more }, icon(name), text);
  }

  function numbers(kind) {
    const { emergency_number, crisis_line } = config.clinic;
    const ring = (number) => link("call", `tel:${number}`, t("call", { number }));
    const write = link("chat", `sms:${crisis_line}`, t("write", { number: crisis_line }));
    const [help, listens] = [ring(emergency_number), ring(crisis_line)];
    return h("div.row", {}, kind === "crisis" ? [listens, write, help] : [help, listens]);
  }

  function contact(notice) {
    const { phone, link: site } = config.clinic;
    return h("div.row", {},
      phone && notice.includes(phone) && link("call", `tel:${phone.replace(/[^\d+]/g, "")}`, t("call", { number: phone })),
      site && notice.includes(site) && away(site, t("website")));
  }

  function away(address, text, hash = "") {
    const to = new URL(address, server);
    if (!/^https?:/.test(to)) return null;
    const here = to.href === location.href.split("#")[0];
    if (hash) to.hash = hash;
    return link("visit", to, text, here ? { onclick: () => { if (SMALL.matches) close(); } } : { target: "_blank", rel: "noopener noreferrer" });
  }

  function cite(citation) {
    return h("button.cite", { "aria-label": t("source", citation), onclick: (event) => passage(citation, event.currentTarget) }, `${citation.n}`);
  }

  function source(citation, numbers) {
    return h("button.source", { onclick: (event) => passage(citation, event.currentTarget) },
      numbers && h("b", {}, numbers), h("span", {}, citation.title, " ", h("span", {}, config.tiers[citation.tier])));
  }

  /** A sentence with the terms in it that wait to be explained; each is taken off the list. */
  function explained(text, left) {
    const names = new Map();
    for (const term of left) {
      names.set(term.term.toLowerCase(), term);
      const short = new RegExp(`${escaped(term.term)} \\(([^ )]+)\\)`, "i").exec(term.definition);
      if (short) names.set(short[1].toLowerCase(), term);
    }
    if (!names.size) return text;
    const any = [...names.keys()].sort((a, b) => b.length - a.length).map(escaped).join("|");
    return text.split(new RegExp(`(?<![\\p{L}\\d])(${any})(?=s?(?![\\p{L}\\d]))`, "giu")).map((part) => {
      const at = left.indexOf(names.get(part.toLowerCase()));
      return at < 0 ? part : explain(left.splice(at, 1)[0], part);
    });
  }

  function explain({ term, definition }, words) {
    const id = `tip-${count++}`;
    const box = h("span.tip", { role: "tooltip", id, hidden: true }, h("b", {}, term), definition);
    const word = h("button.term", { "aria-describedby": id }, words);
    const show = () => hint(box, word);
    const hide = () => { box.timer = setTimeout(() => tip === box && root.activeElement !== word && hint(), 250); };
    Object.assign(word, { onmouseenter: show, onfocus: show, onclick: show, onmouseleave: hide, onblur: hide });
    Object.assign(box, { onmouseenter: () => clearTimeout(box.timer), onmouseleave: hide });
    return [word, box];
  }

  function hint(box, word) {
    if (tip && tip !== box) tip.hidden = true;
    tip = box;
    if (!box) return;
    clearTimeout(box.timer);
    box.hidden = false;
    const fits = word.getBoundingClientRect().bottom + box.offsetHeight + 8 < ui.log.getBoundingClientRect().bottom;
    box.style.top = `${word.offsetTop + (fits ? word.offsetHeight + 6 : -box.offsetHeight - 6)}px`;
  }

  function rate(turn) {
    const thanks = h("span", {});
    const buttons = ["up", "down"].map((rating) => button("thumb", t(`helpful_${rating}`), () => give(rating),
      { class: `round ${rating}`, "aria-pressed": String(turn.rating === rating) }));
    const comment = h("textarea", { rows: 2, maxlength: 500, dir: "auto", "aria-label": t("comment") });
    const form = h("form", { hidden: true, onsubmit: (event) => { event.preventDefault(); give(turn.rating, comment.value.trim()); } },
      h("span", {}, t("comment")), comment, h("button.link", {}, t("comment_send")));
    const give = async (rating, words) => {
      turn.rating = rating;
      for (const each of buttons) each.setAttribute("aria-pressed", each.classList.contains(rating));
      try {
        await call("api/feedback", { reply_id: turn.reply.reply_id, rating, comment: words || undefined });
        if (words) buttons[0].focus();
        form.hidden = Boolean(words);
        thanks.textContent = t("thanks");
      } catch {
        thanks.textContent = t("feedback_failed");
      }
      say(thanks.textContent);
      save();
    };
    return h("div.row rate", {}, h("span", {}, t("helpful")), buttons, thanks, form);
  }

  async function passage(citation, back) {
    hint();
    const { tier, title, section, quote, coverage, passage_id } = citation;
    const article = tier === "article";
    const leave = button("close", t("close"), shut);
    const text = h("blockquote", { tabindex: 0, "aria-label": t("passage") }, h("mark", {}, quote));
    const words = quote.split(/\s+/);
    const ends = words.length > 12 ? [words.slice(0, 5), words.slice(-5)] : [words];
    const fragment = ends.map((end) => encodeURIComponent(end.join(" ")).replaceAll("-", "%2D"));
    const address = citation.link || (article && config.article_link);
    ui.shade.replaceChildren(h("div.panel", { role: "dialog", "aria-labelledby": "passage" },
      h("div.head", {}, h("div", {}, h("span.kind", {}, config.tiers[tier])), leave),
      h("h3", { id: "passage" }, title),
      h("p.fine", {}, section),
      text,
      !article && h("p.fine", {}, t("coverage", { coverage })),
      address && away(address, t(article ? "open_article" : "open_source"), article && `${slug(section.split(" › ").at(-1))}:~:text=${fragment}`)));
    ui.back = back;
    ui.shade.hidden = false;
    for (const part of ui.parts) part.inert = true;
    leave.focus();
    try {
      const { text: whole } = await json(`api/passages/${encodeURIComponent(passage_id)}`);
      const [before, ...after] = whole.split(quote); // offsets may have moved
      if (!after.length) throw 0;
      text.prepend(before);
      text.append(after.join(quote));
    } catch {
      text.after(h("p.fine", { role: "alert" }, t("passage_failed")));
    }
    text.scrollTop = text.firstElementChild.offsetTop - text.offsetTop - 48;
  }

  function shut() {
    if (ui.shade.hidden) return;
    ui.shade.hidden = true;
    for (const part of ui.parts) part.inert = false;
    ui.back.focus();
  }

  function paper() {
    const said = turns.filter((turn) => turn.reply).map(({ question, reply: { text } }) => `${t("you")}: ${question}\n\n${text}`);
    return [t("paper", { clinic: config.clinic.name }), ...said, config.disclaimer];
  }

  async function copy() {
    try {
      await navigator.clipboard.writeText(paper().join("\n\n"));
      note("copied");
    } catch {
      note("copy_failed");
    }
  }

  function print() {
    const frame = h("iframe", { "aria-hidden": "true", tabindex: -1 });
    w.append(frame);
    const { contentDocument: page, contentWindow: sight } = frame;
    const [title, ...parts] = paper();
    page.title = title;
    page.body.style = "font: 11pt/1.5 system-ui, sans-serif; white-space: pre-wrap";
    page.body.append(h("h1", {}, title), ...parts.map((part) => h("p", {}, part)));
    sight.onafterprint = () => setTimeout(() => frame.remove());
    sight.print();
  }

  root.adoptedStyleSheets = [STYLE, sheet("")];
  root.append(w);
  if (options.lang) w.dir = /^(ar|he|fa|ur|ps|yi|dv|ckb)\b/i.test(options.lang) ? "rtl" : "ltr";
  paint();
  load();
  return { open, close, ask, clear };
}

customElements.define("faqbot-chat", class extends HTMLElement {
  connectedCallback() {
    if (!this.shadowRoot) Object.assign(this, chat(this));
  }
});

const launch = () => document.querySelector("faqbot-chat") ?? document.body.append(document.createElement("faqbot-chat"));
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", launch);
else launch();
})();
