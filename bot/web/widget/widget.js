// <faqbot-chat>: what the server says is set as text.
(() => {
"use strict";
if (customElements.get("faqbot-chat")) return;

const script = document.currentScript;
const HOME = new URL(".", script?.src || document.baseURI);
const SMALL = matchMedia("(max-width: 30em), (max-height: 30em)");
const SILENCE_MS = 20_000;
const PATIENCE_MS = 120_000;
const SLOW_MS = 8_000;
const HISTORY = 5;
const FINAL = ["too_long", "malformed"];
const LIGHT = "--ink: #122; --soft: #566; --line: #dee; --paper: #f5f9f9; --card: #fff; --mark: #fea; --warn: #fff7e3; --warned: #c80; --alarm: #fee; --alarmed: #b22";
const DARK = "--ink: #eff; --soft: #abb; --line: #344; --paper: #10191b; --card: #192528; --mark: #651; --warn: #321; --warned: #da3; --alarm: #311; --alarmed: #fba";
const ICONS = {
  chat: "M4 5h16v12h-9l-5 4v-4H4zM8 9h8M8 13h5",
  close: "M6 6l12 12M18 6L6 18",
  menu: "M5 12h0M12 12h0M19 12h0",
  send: "M12 19V6M6 11l6-6 6 6",
  thumb: "M8 11v9H4v-9zl4-8h2v6h6l-2 11H8",
  call: "M4 4h5l2 5-2 1q1 4 5 5l1-2 5 2v5Q5 20 4 4z",
  visit: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
  alert: "M12 3l10 17H2zM12 10v4M12 17h0",
};

const STYLE = sheet(`
:host { all: initial !important; display: block !important; }
:host(:not([inline])) { position: fixed !important; z-index: 2147483647 !important; }
:host([inline]) { height: var(--faqbot-height, min(46em, 85dvh)) !important; }
@media print { :host { display: none !important; } }
* { box-sizing: border-box; margin: 0; padding: 0; unicode-bidi: plaintext; }
[hidden] { display: none !important; }
.w {
--tint: color-mix(in srgb, var(--brand) 10%, var(--card)); --edge: color-mix(in srgb, var(--accent) 45%, var(--card));
font: var(--faqbot-font, 1em/1.5 system-ui, sans-serif); color: var(--ink); stroke-width: 2; height: 100%; overflow-wrap: anywhere;
}
ul { list-style: none; }
button, textarea { font: inherit; color: inherit; background: none; }
button, .link {
display: inline-flex; align-items: center; gap: .5em; text-align: start; cursor: pointer; min-height: 2.75em;
}
button, .link, .you, .tip, .panel, i { border: 1px solid transparent; border-radius: 1.2em; }
svg {
flex: none; width: 1.25em; height: 1.25em;
fill: none; stroke: currentColor; stroke-linecap: round; stroke-linejoin: round;
}
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.vh { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.launch, .you, .ask .round, .win > .head, [aria-pressed=true], .row > .link:first-child { background: var(--brand); color: var(--on); }
.launch, dialog {
--side: calc(1.25em + max(env(safe-area-inset-left), env(safe-area-inset-right)));
position: fixed; inset: auto; inset-inline-end: var(--side); bottom: calc(1.25em + env(safe-area-inset-bottom));
}
.launch { padding: .8em 1.2em; border-radius: 2em; font-weight: 600; max-width: 90vw; }
.left :is(.launch, dialog) { left: var(--side); right: auto; }
.right :is(.launch, dialog) { left: auto; right: var(--side); }
.launch, dialog, .menu, .tip { box-shadow: 0 8px 24px #0003; }
.win {
container-type: inline-size; display: flex; flex-direction: column; overflow: clip; width: 100%; height: 100%;
background: var(--paper); color: inherit; border: 1px solid var(--line); border-radius: 1.2em; position: relative;
}
dialog.win { position: fixed; width: min(27em, 100vw - 2.5em); max-width: none; height: min(47em, 100dvh - 2.5em); max-height: none; }
dialog:not([open]) { display: none; }
.head { display: flex; align-items: center; gap: .5em; padding: .8em 1em; position: relative; z-index: 3; }
.head :focus-visible { outline-color: currentColor; }
.head *, .log { outline-offset: -3px !important; }
.head > div { flex: 1; min-width: 0; }
.head p, h3, .rate, .note, .fine, .kind, .source, summary { font-size: .875em; line-height: 1.4; }
h2 { font-size: 1em; }
.round { justify-content: center; width: 2.75em; border-radius: 50%; }
.round[aria-expanded] { stroke-width: 4; }
.menu { position: absolute; top: 95%; inset-inline-end: .75em; display: grid; padding: .4em; color: var(--ink); }
.menu button, .you, .link, .chip { padding: .5em 1em; }
.log { flex: 1; min-height: 0; overflow-y: auto; overscroll-behavior: contain; padding: 1em; position: relative; }
.log > *, .foot > * { max-width: 44em; margin-inline: auto; }
.you { width: fit-content; max-width: 88%; margin-inline-start: auto; margin-bottom: .8em; border-end-end-radius: .3em; white-space: pre-wrap; }
.reply, .hello, .caution, .panel { display: grid; grid-template-columns: minmax(0, 1fr); gap: .8em; padding: 1em; }
.reply, .hello, .menu { background: var(--card); border: 1px solid var(--line); border-radius: 1.2em; }
h3 { color: var(--soft); display: flex; align-items: center; gap: .5em; }
.quote { position: relative; }
.keep { white-space: nowrap; }
.cite { font-size: .8125em; font-weight: 600; vertical-align: .1em; justify-content: center; min-width: 2.4em; min-height: 2em; margin-inline: .4em; border-radius: .6em; }
.cite, .link, .kind { background: var(--tint); color: var(--accent); border: 1px solid var(--edge); }
button:hover { border-color: currentColor; }
.term { cursor: help; border-bottom: 2px dotted var(--accent); }
.tip { position: absolute; z-index: 2; inset-inline: 0; padding: .5em 1em; background: var(--ink); color: var(--paper); }
.tip b { display: block; }
.caution { gap: .5em; border-radius: .8em; background: var(--warn); border: 1px solid var(--warned); border-inline-start-width: 5px; }
.source { align-items: baseline; width: 100%; padding: .5em 1em; margin-top: .5em; border-color: var(--line); }
.source b { color: var(--accent); }
.source span { display: block; }
:is(.kind, .fine, span span)::first-letter { text-transform: uppercase; }
.fine, .source span span, summary, .rate, .note, .wait { color: var(--soft); }
.caution :is(.source, .fine), .caution span span { border-color: var(--warned); color: inherit; }
.reply > .fine { padding-top: .8em; border-top: 1px solid var(--line); }
summary { cursor: pointer; padding: .5em 0; }
dt { font-weight: 600; margin-top: .5em; }
.row, .wait { display: flex; flex-wrap: wrap; align-items: center; gap: .5em; }
.link { text-decoration: none; font-weight: 600; }
.urgent { background: var(--alarm); border: 2px solid var(--alarmed); }
.caution h3, .panel h3, .urgent h3 { color: inherit; font-size: 1em; }
.urgent h3 { color: var(--alarmed); }
.urgent .link { flex: auto; justify-content: center; color: var(--alarmed); background: var(--card); border: 2px solid; }
.urgent .link:first-child { flex-basis: 100%; font-size: 1.4em; background: #b22; color: #fff; }
.turn, .chips { margin-top: 1.5em; }
.chips, .rate form { display: grid; gap: .5em; justify-items: start; }
.chip { border-color: var(--edge); background: var(--card); color: var(--accent); }
.rate .round { border-color: var(--line); }
.down svg { rotate: 180deg; }
.rate form { flex-basis: 100%; }
.rate textarea { width: 100%; padding: .5em 1em; border: 1px solid; border-radius: .6em; }
i { width: .5em; height: .5em; border-radius: 50%; background: var(--accent); }
.trouble { border-inline-start: 5px solid var(--warned); }
.foot { padding: .8em 1em calc(.8em + env(safe-area-inset-bottom)); background: var(--card); border-top: 1px solid var(--line); }
.ask { display: flex; align-items: end; padding: .3em; border: 1px solid var(--soft); border-radius: 2em; background: var(--paper); }
.ask:focus-within { outline: 2px solid var(--accent); }
.ask textarea { flex: 1; min-width: 0; padding: .5em 1em; border: 0; outline: 0; resize: none; max-height: 30dvh; margin-block: auto; }
::placeholder { color: var(--soft); opacity: 1; }
.ask [aria-disabled=true] { background: var(--line); color: var(--soft); }
.bad { color: var(--alarmed); font-weight: 600; }
.foot .fine { font-size: .8125em; max-width: 54em; margin-top: .5em; }
.shade { position: absolute; inset: 0; z-index: 4; background: #0006; display: flex; align-items: end; }
.panel { flex: 1; max-height: 82%; grid-template-rows: repeat(3, auto) minmax(4em, 1fr); background: var(--card); border-radius: 1.2em 1.2em 0 0; }
.panel .head { padding: 0; }
.kind { display: inline-block; padding: .2em 1em; border-radius: 1.2em; font-weight: 600; }
blockquote { white-space: pre-wrap; padding-inline-start: 1em; border-inline-start: 3px solid var(--line); overflow-y: auto; align-self: start; max-height: 100%; }
mark { background: var(--mark); color: inherit; }
.panel .link { justify-self: start; }
dialog.wide { width: min(54em, 100vw - 2.5em); }
@container (min-width: 46em) {
.shade { inset-inline-start: auto; width: 26em; background: none; }
.panel { max-height: none; height: 100%; border-radius: 0; border-inline-start: 1px solid var(--line); }
.wide > :is(.head, .log, .foot) { margin-inline-end: 26em; }
}
.win:modal:modal { inset: var(--top) 0 auto; width: 100%; height: var(--high); border: 0; border-radius: 0; }
.low, .low .panel { overflow-y: auto; scroll-padding-block: 4em; grid-template-rows: none; max-height: 100%; }
.low > .head { position: sticky; top: 0; padding-block: .1em; }
.low .log { flex: 1 0 auto; overflow: visible; }
.low .foot { display: contents; }
.low .foot > * { width: calc(100% - 2em); }
.low .ask { position: sticky; bottom: .3em; z-index: 2; }
.low .foot .fine { padding-bottom: 1em; }
.low .shade { position: fixed; }
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
button, .link, .head { border: 1px solid; }
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

const bright = (color) => [0.2126, 0.7152, 0.0722].reduce((sum, share, at) => sum + share * (color[at] / 255) ** 2.2, 0.05);
const contrast = (a, b) => Math.max(bright(a) / bright(b), bright(b) / bright(a));

/** Towards the ink until it can be read. */
const legible = (color, ink, grounds) => grounds.every((ground) => contrast(color, ground) > 5) ? css(color) : legible(mix(color, ink, 0.1), ink, grounds);

const css = (color) => `rgb(${color.map(Math.round)})`;

function colours(color, theme) {
  const on = contrast(color, WHITE) < 4.6 ? "#000" : "#fff";
  const accent = (ink, card, paper) => legible(color, ink, [card, paper, mix(card, color, 0.1)]);
  const when = { light: "not all", dark: "all" }[theme] ?? "(prefers-color-scheme: dark)";
  return `.w { --brand: ${css(color)}; --on: ${on}; --accent: ${accent(BLACK, WHITE, [245, 249, 249])}; ${LIGHT}; color-scheme: light }
    @media ${when} { .w { --accent: ${accent(WHITE, [25, 37, 40], [16, 25, 27])}; ${DARK}; color-scheme: dark } }`;
}

async function* events(response, heard) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ""; ;) {
    const { value, done } = await reader.read();
    if (done) return;
    heard();
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const [, name, data] = /^event: (.*)\ndata: (.*)/m.exec(block) ?? [];
      if (data) yield [name, JSON.parse(data)];
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
    if (config) return;
    try {
      config = await json("api/config");
    } catch {
      addEventListener("online", load, { once: true });
      const again = h("button.link", { onclick: load }, "Try again");
      if (inline) w.replaceChildren(h("div.hello", { role: "alert" }, "The assistant can't be reached right now.", again));
      return;
    }
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
    const mixed = getComputedStyle(probe).color;
    const parts = mixed.match(/[\d.]+(e-\d+)?/g).slice(0, 3).map((part) => part * (mixed[0] === "c" ? 255 : 1));
    root.adoptedStyleSheets = [STYLE, sheet(colours(parts, options.theme))];
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
    ui.box = h("textarea", { rows: 1, "aria-label": t("question"), dir: "auto", placeholder: t("placeholder"), "aria-describedby": "note" });
    ui.send = button("send", t("send"));
    ui.form = h("form.ask", {}, ui.box, ui.send);
    ui.note = h("p.note", { id: "note" });
    ui.polite = h("div.vh", { role: "status" });
    ui.loud = h("div.vh", { role: "alert" });
    ui.shade = h("div.shade", { hidden: true });
    ui.parts = [
      h("div.head", {}, h("div", {}, ui.title, h("p", {}, t("subtitle"))), ui.more,
        !inline && button("close", t("close"), close), ui.menu),
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
    const fit = () => { // to what the keyboard on a screen leaves
      const { height, offsetTop, scale } = visualViewport;
      if (scale > 1.01) return;
      const at = ui.log.scrollTop || ui.win.scrollTop;
      ui.win.style.setProperty("--high", `${height}px`);
      ui.win.style.setProperty("--top", `${offsetTop}px`);
      ui.win.classList.toggle("low", height < 480);
      ui.log.scrollTop = ui.win.scrollTop = at;
    };
    fit();
    visualViewport.addEventListener("resize", fit);
    visualViewport.addEventListener("scroll", fit);
    if (inline) return;
    SMALL.addEventListener("change", () => {
      if (!ui.win.open) return;
      const focused = root.activeElement;
      ui.win.close();
      show();
      focused?.focus();
    });
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
    measure();
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
    try {
      sessionStorage.setItem(key, JSON.stringify({ session, turns, draft: ui.box.value, open: ui.win.open }));
    } catch {
      // nothing is kept here
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
    const { box } = ui;
    box.style.height = "";
    if (box.scrollHeight) box.style.height = `${box.scrollHeight}px`;
    const [used, max] = [[...box.value.trim()].length, config.max_question_chars];
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
    const warnings = cautions.map(({ text }) => text);
    const said = new Set([notice, ...sentences.map(({ text }) => text), ...warnings]);
    say([...said].filter(Boolean).map((text) => warnings.includes(text) ? `${t("caution")}: ${text}` : text).join(" "), isUrgent(kind));
    tell("reply", { kind, reply_id });
  }

  async function call(path, body, ...signals) {
    const headers = { "content-type": "application/json", "x-faqbot-session": session };
    const any = new AbortController();
    for (const each of [AbortSignal.timeout(PATIENCE_MS), ...signals]) each.addEventListener("abort", () => any.abort());
    let response;
    try {
      response = await fetch(server + path, {
        ...(body && { method: "POST", headers, body: JSON.stringify(body) }), signal: any.signal, credentials: "omit", referrerPolicy: "no-referrer",
      });
    } catch {
      throw { code: navigator.onLine ? "unreachable" : "offline" };
    }
    if (response.ok) return response;
    const error = (await response.json().catch(() => null))?.error;
    throw { code: error?.code, said: error?.message, wait: response.headers.get("retry-after") };
  }

  const json = async (...request) => (await call(...request)).json();

  /** By stream, or else by one plain request. */
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
    ui.chips.replaceChildren(h("h3", {}, t("suggestions")), ...questions.map((question) => h("button.chip", { onclick: () => submit(question) }, question)));
  }

  function scroll({ node }) { // past a long question
    ui.log.scrollTop = ui.win.scrollTop = Math.max(node.offsetTop - 16, node.lastChild.offsetTop - ui.win.clientHeight / 3);
  }

  function complaint({ code, said, until }) {
    const seconds = Math.ceil((until - Date.now()) / 1000);
    if (code === "too_many" && seconds > 0) return t("too_many_in", { seconds });
    return FINAL.includes(code) ? said : config.texts[code] ?? said ?? t("failed");
  }

  function failure(turn) {
    const again = () => pending || send(turn, ui.log.focus({ preventScroll: true }));
    const edit = () => {
      turns.splice(turns.indexOf(turn), 1);
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
    const same = ({ source_id }) => citations.filter((citation) => citation.source_id === source_id);
    const warns = (...said) => h("div.caution", { role: "note" }, h("h3", {}, icon("alert"), t("caution")), said);
    const quotes = sentences.map((sentence) => {
      const marks = sentence.citations.map((n) => cite(citations[n - 1]));
      const caution = cautions.find(({ text }) => text === sentence.text);
      const quote = h("p.quote", {}, joined(explained(sentence.text, left), marks));
      return caution ? warns(quote, h("p.fine", {}, config.tiers[caution.citation.tier])) : quote;
    });
    const others = cautions.filter(({ text }) => sentences.every((sentence) => sentence.text !== text));
    return h(`div.reply ${kind}${urgent ? " urgent" : ""}`, { tabindex: -1, role: "group", "aria-label": t("answer") },
      (urgent || kind === "no_answer") && h("h3", {}, urgent && icon("alert"), t(kind)),
      urgent && numbers(kind),
      notice && h("p", {}, notice),
      notice && !urgent && contact(notice),
      quotes,
      others.length > 0 && warns(others.map(({ text, citation }) => [h("p", {}, text), source(citation)])),
      left.length > 0 && h("details", {}, h("summary", {}, t("terms")), h("dl", {},
        left.map(({ term, definition }) => [h("dt", {}, term), h("dd", {}, definition)]))),
      citations.length > 0 && h("div", {}, h("h3", {}, t("sources")), h("ul", { role: "list" },
        citations.filter((citation) => same(citation)[0] === citation).map((citation) => h("li", {}, source(citation, same(citation).map(({ n }) => n).join(", ")))))),
      !urgent && rate(turn),
      h("p.fine", {}, disclaimer));
  }

  function link(name, href, text, more) {
    return h("a.link", { href, ...more }, icon(name), text);
  }

  function numbers(kind) {
    const { emergency_number, crisis_line } = config.clinic;
    const reach = (to, number, name) => link(to === "sms:" ? "chat" : "call", to + number, t(name, { number }));
    const help = reach("tel:", emergency_number, "call");
    const listens = [reach("tel:", crisis_line, "call_crisis"), reach("sms:", crisis_line, "write")];
    return h("div.row", {}, kind === "crisis" ? [listens, help] : [help, listens]);
  }

  function contact(notice) {
    const { phone, link: site } = config.clinic;
    return h("div.row", {},
      phone && notice.includes(phone) && link("call", `tel:${phone.replace(/[^\d+]/g, "")}`, t("call", { number: phone })),
      site && notice.includes(site) && away(site, t("website")));
  }

  function away(address, text, hash = "") {
    const to = new URL(address, server);
    if (!/^https?:/.test(to)) return;
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

  /** Takes the terms that are found off the list. */
  function explained(text, left) {
    const names = new Map();
    for (const term of left) {
      names.set(term.term.toLowerCase(), term);
      const short = new RegExp(`${escaped(term.term)} \\(([^ )]+)\\)`, "i").exec(term.definition);
      if (short) names.set(short[1].toLowerCase(), term);
    }
    if (!names.size) return [text];
    const any = [...names.keys()].sort((a, b) => b.length - a.length).map(escaped).join("|");
    return text.split(new RegExp(`(?<![\\p{L}\\d])(${any})(?=s?(?![\\p{L}\\d]))`, "giu")).map((part) => {
      const at = left.indexOf(names.get(part.toLowerCase()));
      return at < 0 ? part : explain(left.splice(at, 1)[0], part);
    });
  }

  /** The marks stay with the last word. */
  function joined(words, marks) {
    const [, before, end] = /^(.*?)(\S{0,24})$/s.exec(words.pop());
    return [words, before, h("span.keep", {}, end, marks)];
  }

  function explain({ term, definition }, words) {
    const id = `tip-${count++}`;
    const box = h("span.tip", { role: "tooltip", id, hidden: true }, h("b", {}, term), definition);
    const word = h("span.term", { role: "button", tabindex: 0, "aria-describedby": id }, words);
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
    const comment = h("textarea", { maxlength: 500, dir: "auto", "aria-label": t("comment") });
    const form = h("form", { hidden: true, onsubmit: (event) => { event.preventDefault(); give(turn.rating, comment.value.trim()); } },
      h("span", {}, t("comment")), comment, h("button.link", {}, t("comment_send")));
    const give = async (rating, words) => {
      const { reply_id, question } = turn.reply;
      turn.rating = rating;
      for (const each of buttons) each.setAttribute("aria-pressed", each.classList.contains(rating));
      try {
        await call("api/feedback", { reply_id, rating, question, comment: words || undefined });
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
      address && away(address, t(article ? "open_article" : "open_source"), article && `${slug(section.replace(/.* › /, ""))}:~:text=${fragment}`)));
    ui.back = back;
    beside(true);
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
    beside(false);
    ui.back.focus();
  }

  function beside(shown) {
    ui.shade.hidden = !shown;
    ui.win.classList.toggle("wide", shown);
    for (const part of ui.parts) part.inert = shown;
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
    const frame = h("iframe.vh", { "aria-hidden": "true", tabindex: -1 });
    w.append(frame);
    const { contentDocument: { body }, contentWindow: page } = frame;
    const [title, ...parts] = paper();
    body.style = "font: 11pt/1.5 system-ui, sans-serif; white-space: pre-wrap";
    body.append(h("h1", {}, title), ...parts.map((part) => h("p", {}, part)));
    page.onafterprint = () => setTimeout(() => frame.remove());
    page.print();
  }

  root.append(w);
  if (options.lang) w.dir = /^(ar|he|fa|ur|ps|yi)\b/i.test(options.lang) ? "rtl" : "ltr";
  paint();
  load();
  return { open, close, ask, clear };
}

customElements.define("faqbot-chat", class extends HTMLElement {
  connectedCallback() {
    if (!this.shadowRoot) Object.assign(this, chat(this));
  }
});

const launch = () => document.querySelector("faqbot-chat") ?? document.body.append(h("faqbot-chat", {}));
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", launch);
else launch();
})();
