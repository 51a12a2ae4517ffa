// The page: what is shown, kept up to date by one long poll per acting person.

import { act, read } from "./api.js";
import { blocks } from "./blocks.js";
import { Composer } from "./composer.js";
import { Modals } from "./dialogs.js";
import { el, menuButton, replace } from "./dom.js";
import { dots, MessageList } from "./messages.js";
import { drawActing, drawSidebar } from "./sidebar.js";

const at = (id) => document.getElementById(id);
const isNarrow = () => matchMedia("(max-width: 760px)").matches;

const state = {
  start: null, me: null, version: 0, members: {}, statuses: [], sessions: [], home: null, prompts: [],
  messages: new Map(), unread: new Set(), route: { key: "", channel: "" }, thread: null, isFirst: true,
};
const tabId = crypto.randomUUID();
let polling = new AbortController();
let list, answers, composer, threadComposer, modals;

const names = { people: new Map(), channels: new Map(), groups: new Map() };
const files = (name) => {
  for (const channel of state.messages.values()) {
    for (const message of channel.values()) {
      const file = message.files.find((f) => f.id === name || f.url_private === name);
      if (file) return file.url_private;
    }
  }
  return name.startsWith("F") ? `/files/${name}/picture` : new URL(name).pathname;
};
const author = (message) => names.people.get(message.user)
  ?? { name: message.user === state.start.slackbot ? "Slackbot" : message.user, colour: "#6b7280" };
const said = (channel) => [...(state.messages.get(channel)?.values() ?? [])].sort((a, b) => (a.ts < b.ts ? -1 : 1));
const press = (message, element, option, values) =>
  act("press", { person: state.me.id, channel: message.channel, ts: message.ts, ...element, option, values });
const isIn = (thread) => (s) => s.channel === state.route.channel && s.thread_ts === thread;
const isAtWork = (thread) => state.sessions.some(isIn(thread));
const statusOf = (thread) => state.statuses.find(isIn(thread))?.text || (isAtWork(thread) ? "is working…" : "");
// Slack shows its own stop button while an agent is at work in a thread.
const stopper = (thread) => (isAtWork(thread) ? el("button", {
  type: "button", class: "stop", onclick: () => act("stop", { person: state.me.id, channel: state.route.channel, thread_ts: thread }),
}, el("i"), "Stop") : null);
const botIsIn = () => state.route.channel === state.me.direct || (state.members[state.route.channel] ?? []).includes(state.start.bot.id);

async function begin() {
  state.start = await read("/console/start");
  for (const person of state.start.people) names.people.set(person.id, person);
  names.people.set(state.start.bot.id, { ...state.start.bot, isBot: true });
  for (const channel of state.start.channels) names.channels.set(channel.id, channel);
  for (const group of state.start.groups) names.groups.set(group.id, group);
  at("team").textContent = state.start.team;
  at("leaves").textContent = state.start.what_leaves;
  build();
  const kept = sessionStorage.getItem("person");
  become(state.start.people.find((p) => p.id === kept) ?? state.start.people[0]);
}

function build() {
  const host = { names, files, author, press };
  const words = (status) => status && `${state.start.bot.name} ${status}`;
  list = new MessageList(at("list"), { ...host, openThread, statusOf: (ts) => words(statusOf(ts)), stopper });
  answers = new MessageList(at("answers"), host);
  modals = new Modals({ names, files });
  const shared = {
    commands: () => state.start.commands,
    mentions: () => [{ ...state.start.bot, handle: state.start.bot.name, title: "app" }, ...state.start.people],
  };
  composer = new Composer(at("composer"), { ...shared, allowsCommands: true, label, tools: exampleMenu, send: (text) => say(text) });
  threadComposer = new Composer(at("thread-composer"), {
    ...shared, allowsCommands: false, label: () => "Reply …", send: (text) => say(text, state.thread),
  });
  at("unthread").addEventListener("click", closeThread);
  at("drawer").addEventListener("click", () => drawer(true));
  at("shade").addEventListener("click", () => drawer(false));
  addEventListener("hashchange", () => state.isFirst || follow());
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
    if (!at("shade").hidden) drawer(false); else if (state.thread) closeThread();
  });
}

const label = () => {
  if (!state.start || !state.route.channel) return "Message";
  const room = names.channels.get(state.route.channel);
  return room ? `Message #${room.name}` : `Message ${state.start.bot.name}`;
};

function exampleMenu() {
  return [menuButton(el("span", {}, "Examples"), { class: "chip", title: "Things to ask" }, () =>
    fitting().map((text) => ({ label: text, act: () => composer.send(text) })))];
}

// In a direct message nobody says “@Purser”.
function fitting() {
  const isDirect = state.route.channel === state.me?.direct;
  const mention = `@${state.start.bot.name} `;
  return state.start.examples.map((text) => (isDirect && text.startsWith(mention) ? text.slice(mention.length) : text));
}

function become(person) {
  state.me = person;
  sessionStorage.setItem("person", person.id);
  Object.assign(state, { version: 0, messages: new Map(), unread: new Set(), statuses: [], sessions: [], members: {}, home: null, isFirst: true, thread: null });
  at("thread").hidden = true;
  list.clear();
  drawActing(state, become);
  polling.abort();
  polling = new AbortController();
  poll(polling.signal);
}

async function poll(signal) {
  while (!signal.aborted) {
    try {
      const person = state.me.id;
      const news = await read(`/console/changes?person=${person}&since=${state.version}&tab=${tabId}`, signal);
      if (signal.aborted) return;
      at("lost").hidden = true;
      take(news);
    } catch (error) {
      if (signal.aborted) return;
      at("lost").hidden = false;
      await new Promise((done) => setTimeout(done, 1500));
    }
  }
}

function take(news) {
  const first = state.isFirst;
  state.isFirst = false;
  Object.assign(state, {
    version: news.version, members: news.members, statuses: news.statuses, sessions: news.sessions, home: news.home, prompts: news.prompts,
  });
  for (const message of news.messages) keep(message, first);
  if (first) follow(); else draw();
  modals.sync(news.modals, state.me.id);
}

function keep(message, first) {
  if (!state.messages.has(message.channel)) state.messages.set(message.channel, new Map());
  const channel = state.messages.get(message.channel);
  const isNew = !channel.has(message.ts);
  if (message.is_deleted) { channel.delete(message.ts); return; }
  channel.set(message.ts, message);
  if (!isNew || message.user === state.me.id) return;
  if (message.channel !== state.route.channel) state.unread.add(message.channel);
  if (first) return;
  // An answer to one's own question opens beside it, where there is room.
  const asked = message.thread_ts && channel.get(message.thread_ts);
  if (asked?.user === state.me.id && message.channel === state.route.channel && !state.thread && innerWidth > 1100) openThread(asked.ts, false);
}

// The address after # names the room, and a message in it.
function follow() {
  const [, key = "", ts = ""] = location.hash.split("/");
  const rooms = state.start.channels.filter((c) => (state.members[c.id] ?? []).includes(state.me.id)).map((c) => c.id);
  const known = [...rooms, state.me.direct, "home"];
  go(known.includes(key) ? key : known[0]);
  if (ts) showMessage(ts);
}

function go(key) {
  const channel = key === "home" ? state.me.direct : key;
  const changed = state.route.channel !== channel;
  if (location.hash.split("/")[1] !== key) history.replaceState(null, "", `#/${key}`);
  if (key === "home" && state.route.key !== "home") act("home", { person: state.me.id });
  if (key === state.me.direct && state.route.key !== key) act("home", { person: state.me.id, tab: "messages" });
  state.route = { key, channel };
  state.unread.delete(channel);
  if (changed) { list.clear(); closeThread(); }
  drawer(false);
  draw();
  composer.relabel();
  if (changed) list.toEnd();
  if (!isNarrow() && key !== "home") composer.focus();
}

function showMessage(ts) {
  const message = state.messages.get(state.route.channel)?.get(ts);
  if (message?.thread_ts) openThread(message.thread_ts);
  const node = document.querySelector(`[data-ts="${CSS.escape(ts)}"]`);
  node?.scrollIntoView({ block: "center" });
  node?.classList.add("shown");
}

async function say(text, thread_ts) {
  (thread_ts ? answers : list).expect();
  await act("say", { person: state.me.id, channel: state.route.channel, text, thread_ts });
}

function openThread(ts, focus = true) {
  state.thread = ts;
  answers.clear();
  at("thread").hidden = false;
  drawThread();
  // Opened by an answer, it shows question and answer from their beginning.
  if (!focus) answers.anchor = answers.nodes.get(ts)?.node;
  answers.toEnd();
  threadComposer.relabel();
  if (focus) threadComposer.focus();
}

function closeThread() {
  state.thread = null;
  at("thread").hidden = true;
}

function drawer(isOpen) {
  at("sidebar").classList.toggle("open", isOpen);
  at("shade").hidden = !isOpen;
  at("drawer").setAttribute("aria-expanded", String(isOpen));
}

function draw() {
  drawSidebar(state, go);
  drawHead();
  const isHome = state.route.key === "home";
  at("list").hidden = isHome;
  at("composer").hidden = isHome;
  at("home").hidden = !isHome;
  if (isHome) drawHome();
  const all = said(state.route.channel);
  const top = all.filter((m) => !m.thread_ts);
  list.sync(top, { lead: lead(), replies: (m) => all.filter((a) => a.thread_ts === m.ts && !a.only_for) });
  drawStatus(at("status"), isHome ? "" : statusOf(null));
  if (state.thread) drawThread();
}

function drawThread() {
  const all = said(state.route.channel);
  const parent = all.find((m) => m.ts === state.thread);
  if (!parent) { closeThread(); return; }
  at("where").textContent = names.channels.has(state.route.channel) ? `#${names.channels.get(state.route.channel).name}` : state.start.bot.name;
  answers.sync([parent, ...all.filter((m) => m.thread_ts === state.thread)]);
  drawStatus(at("thread-status"), statusOf(state.thread), state.thread);
}

function drawStatus(place, text, thread) {
  const words = text ? `${state.start.bot.name} ${text}` : "";
  const mark = `${words} ${thread && isAtWork(thread)}`;
  if (place.dataset.mark === mark) return;
  place.dataset.mark = mark;
  replace(place, words ? [dots(), document.createTextNode(words), thread ? stopper(thread) : null].filter(Boolean) : []);
}

function drawHead() {
  const room = names.channels.get(state.route.channel);
  const count = (state.members[state.route.channel] ?? []).length;
  const facts = room && [room.topic, `${count} members`, botIsIn() ? "" : `${state.start.bot.name} is not a member`];
  const key = JSON.stringify([state.route, facts, state.me.id]);
  if (at("head").dataset.key === key) return;
  at("head").dataset.key = key;
  at("title").textContent = room ? `# ${room.name}` : state.start.bot.name;
  at("topic").textContent = room ? facts.filter(Boolean).join(" · ") : "FinOps copilot";
  document.title = `${room ? `#${room.name}` : state.start.bot.name} · local console`;
  const plays = state.start.plays.map((play) => ({ label: play, act: () => act("play", { play }) }));
  replace(at("tools"),
    plays.length ? menuButton(el("span", {}, "Let it happen"), { class: "chip", title: "Something for Purser to notice" }, () => plays) : null,
    menuButton(el("span", {}, "Try a fault"), { class: "chip", title: "What happens on a bad day" }, faults));
  at("tabs").hidden = Boolean(room);
  replace(at("tabs"), room ? [] : [tab("home", "Home"), tab(state.me.direct, "Messages")]);
}

function tab(key, words) {
  const here = state.route.key === key;
  return el("button", { type: "button", role: "tab", "aria-selected": String(here), onclick: () => go(key) }, words);
}

function faults() {
  const room = names.channels.get(state.route.channel);
  const body = { person: state.me.id, channel: state.route.channel };
  const membership = room && (botIsIn()
    ? { label: `Remove ${state.start.bot.name} from #${room.name}`, act: () => act("remove", body) }
    : { label: `Invite ${state.start.bot.name} to #${room.name}`, act: () => act("invite", body) });
  return [
    { divider: "The next time, once" },
    { label: "Answer the app’s call with 429 and Retry-After", act: () => act("fault", { fault: "rate limit" }) },
    { label: "Deliver an event twice", act: () => act("fault", { fault: "twice" }) },
    { label: "Let a file upload fail", act: () => act("fault", { fault: "uploads" }) },
    { label: "Break a streamed answer half way", act: () => act("fault", { fault: "stream" }) },
    { label: "Know nothing of agents and their stop button", act: () => act("fault", { fault: "agents" }) },
    { label: "Sign a request wrongly", act: () => act("fault", { fault: "signature" }) },
    ...(membership ? [{ divider: "This channel" }, membership] : []),
  ];
}

function drawHome() {
  const view = state.home;
  const key = view ? `${view.id} ${view.hash}` : "none";
  if (at("home").dataset.key === key) return;
  at("home").dataset.key = key;
  const host = { names, files, press: (element, option, values) => act("press", { person: state.me.id, view: view.id, ...element, option, values }) };
  replace(at("home"), view
    ? el("div", { class: "home-inner blocks", "data-surface": "view" }, blocks(view.blocks, host))
    : el("p", { class: "nothing" }, `${state.start.bot.name} has not published a Home for ${state.me.name} yet.`));
}

// What stands above the first message; the same node as long as it says the same.
let leadKey, leadNode;
function lead() {
  const room = names.channels.get(state.route.channel);
  const isEmpty = !said(state.route.channel).length;
  const key = JSON.stringify([state.route.channel, isEmpty, botIsIn(), state.me.id, state.prompts]);
  if (key === leadKey) return leadNode;
  leadKey = key;
  const bot = state.start.bot.name;
  const ask = (text, words = text) => el("button", { type: "button", class: "example", onclick: () => composer.send(text) }, words);
  const asked = isEmpty && (!room || botIsIn());
  const prompts = !room && state.prompts.length ? state.prompts.map((p) => ask(p.message, p.title)) : fitting().map((text) => ask(text));
  leadNode = el("div", { class: `lead${isEmpty ? " empty" : ""}` },
    el("h3", {}, room ? `# ${room.name}` : bot),
    el("p", {}, room ? `This is the very beginning of the #${room.name} channel.` : `This is between you and ${bot}. Ask in plain words, or by command.`),
    asked ? [el("p", { class: "ask" }, "Things to ask:"), el("div", { class: "examples" }, prompts)] : null,
    room && !botIsIn() ? el("p", {}, `${bot} is not a member here. `, el("button", {
      type: "button", class: "button primary", onclick: () => act("invite", { person: state.me.id, channel: room.id }),
    }, `Invite ${bot}`)) : null);
  return leadNode;
}

begin();
