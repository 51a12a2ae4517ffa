// A list of messages that changes only where something changed: nodes are kept by time stamp.

import { blocks } from "./blocks.js";
import { avatar, dayOf, el, fullTime, moment, replace, timeOf } from "./dom.js";
import { emojiOf, markdown, mrkdwn } from "./mrkdwn.js";
import { lightbox } from "./dialogs.js";

const CLOSE = 300; // seconds within which one author's messages stand together

export class MessageList {
  // host: names, files, author(message), press(message, …), openThread?(ts), statusOf?(ts)
  constructor(place, host) {
    this.place = place;
    this.host = host;
    this.nodes = new Map();
    this.foot = el("div", { class: "foot" });
    this.newest = el("button", { type: "button", class: "newest", hidden: true, onclick: () => { this.anchor = null; this.toEnd(); } }, "↓ Newest");
    place.append(this.foot);
    place.after(this.newest);
    place.addEventListener("scroll", () => { this.newest.hidden = this.isAtEnd; });
  }

  clear() {
    this.anchor = null;
    this.nodes.clear();
    replace(this.place, this.foot);
  }

  get isAtEnd() {
    return this.place.scrollHeight - this.place.scrollTop - this.place.clientHeight < 90;
  }

  get isFollowing() {
    return this.isAtEnd || Math.abs(this.place.scrollTop - this.left) < 2;
  }

  // The next new message begins the answer to something just said.
  expect() {
    this.isExpecting = true;
    this.anchor = null;
    this.toEnd();
  }

  // To the end, but not past the beginning of the answer: its first line is what was asked for.
  toEnd() {
    const limit = this.anchor?.isConnected ? this.anchor.offsetTop - 10 : Infinity;
    this.place.scrollTop = Math.min(this.place.scrollHeight - this.place.clientHeight, limit);
    this.left = this.place.scrollTop;
    this.newest.hidden = this.isAtEnd;
  }

  // lead: a node that stands above the first message, kept in place as long as it is the same.
  sync(messages, { lead = null, replies = () => [] } = {}) {
    const stay = this.isFollowing;
    const wanted = lead ? [lead] : [];
    const alive = new Set();
    let before = null;
    for (const message of messages) {
      const day = dayOf(message.ts);
      if (!before || dayOf(before.ts) !== day) wanted.push(this.kept(`day ${day}`, day, () => el("div", { class: "day" }, el("span", {}, day)), alive));
      const grouped = this.follows(message, before);
      const answers = replies(message);
      const status = this.host.statusOf?.(message.ts) ?? "";
      const mark = [message.version, grouped, answers.length, answers.at(-1)?.version, status, Boolean(this.host.stopper?.(message.ts))].join();
      wanted.push(this.kept(message.ts, mark, () => this.draw(message, { grouped, answers, status }), alive));
      before = message;
    }
    for (const key of [...this.nodes.keys()]) if (!alive.has(key)) this.nodes.delete(key);
    this.arrange([...wanted, this.foot]);
    if (stay) this.toEnd();
  }

  kept(key, mark, make, alive) {
    alive.add(key);
    const known = this.nodes.get(key);
    if (known?.mark === mark) return known.node;
    const node = make();
    if (!known) node.classList.add("fresh");
    if (!known && this.isExpecting) {
      this.anchor = node;
      this.isExpecting = false;
    }
    this.nodes.set(key, { mark, node });
    return node;
  }

  arrange(wanted) {
    const keep = new Set(wanted);
    for (const child of [...this.place.children]) if (!keep.has(child)) child.remove();
    wanted.forEach((node, index) => {
      if (this.place.children[index] !== node) this.place.insertBefore(node, this.place.children[index] ?? null);
    });
  }

  follows(message, before) {
    return Boolean(before) && before.user === message.user && !before.only_for && !message.only_for
      && dayOf(before.ts) === dayOf(message.ts) && Number(message.ts) - Number(before.ts) < CLOSE;
  }

  draw(message, { grouped, answers, status }) {
    const author = this.host.author(message);
    const time = el("time", { datetime: moment(message.ts).toISOString(), title: fullTime(message.ts) }, timeOf(message.ts));
    const name = el("div", { class: "by" }, el("b", {}, author.name), author.isBot ? el("span", { class: "app" }, "APP") : null, time);
    const body = el("div", { class: "body" },
      message.only_for ? el("p", { class: "only" }, el("i", { class: "eye" }), "Only visible to you") : null,
      grouped ? null : name,
      this.content(message),
      message.files.map((file) => this.file(file)),
      message.reactions ? el("div", { class: "reactions" }, message.reactions.map((r) => el("span", {}, `${emojiOf(r.name)} ${r.count}`))) : null,
      answers.length ? this.thread(message, answers) : null,
      status ? el("p", { class: "working" }, dots(), status, this.host.stopper?.(message.ts)) : null);
    const node = el("article", {
      class: `message${grouped ? " grouped" : ""}${message.only_for ? " private" : ""}${message.is_streaming ? " streaming" : ""}`,
      "data-ts": message.ts, "data-surface": "message", "aria-label": `${author.name}, ${timeOf(message.ts)}`,
    }, grouped ? el("div", { class: "gutter" }, short(time)) : avatar(author), body, this.hover(message));
    for (const image of node.querySelectorAll("img")) {
      const stay = this.isFollowing;
      image.addEventListener("load", () => stay && this.toEnd(), { once: true });
    }
    return node;
  }

  content(message) {
    const press = (element, option, values) => this.host.press(message, element, option, values);
    const host = { ...this.host, press };
    const words = message.is_markdown ? markdown(message.text, host.names) : mrkdwn(message.text, host.names);
    const edited = message.edited && !message.bot_id ? el("small", { class: "edited" }, "(edited)") : null;
    if (message.is_streaming) lastLine(words).append(el("span", { class: "cursor", "aria-hidden": "true" }));
    const shown = message.blocks?.length && !message.is_markdown;
    return [
      shown || !(message.text || message.is_streaming) ? null : words,
      message.blocks?.length ? el("div", { class: "blocks" }, blocks(message.blocks, host)) : null, edited,
    ];
  }

  file(file) {
    if (file.mimetype.startsWith("image/")) {
      const words = file.alt_txt || file.title;
      return el("figure", { class: "shared" }, el("figcaption", {}, file.title),
        el("button", { type: "button", class: "picture", "aria-label": `Enlarge: ${words}`, onclick: () => lightbox(file.url_private, words) },
          el("img", { src: file.url_private, alt: words, class: "large" })));
    }
    const size = file.size < 1024 ? `${file.size} B` : `${Math.round(file.size / 1024).toLocaleString()} KB`;
    return el("a", { class: "file", href: file.url_private, download: file.name },
      el("span", { class: "filetype", "aria-hidden": "true" }, file.filetype.toUpperCase()),
      el("span", {}, el("b", {}, file.title), el("small", {}, `${file.name} · ${size} · click to download`)));
  }

  thread(message, answers) {
    const faces = [...new Map(answers.map((a) => [a.user, this.host.author(a)])).values()].slice(0, 4);
    const words = answers.length === 1 ? "1 reply" : `${answers.length} replies`;
    return el("button", { type: "button", class: "replies", onclick: () => this.host.openThread?.(message.ts) },
      faces.map(avatar), el("span", { class: "count" }, words),
      el("span", { class: "when" }, `last at ${timeOf(answers.at(-1).ts)}`));
  }

  hover(message) {
    if (!this.host.openThread || message.only_for) return null;
    return el("div", { class: "hover" }, el("button", {
      type: "button", class: "icon", "aria-label": "Reply in thread", title: "Reply in thread",
      onclick: () => this.host.openThread(message.ts),
    }, el("i", { class: "bubble" })));
  }
}

// In the narrow gutter “08:36 AM” becomes “08:36”.
function short(time) {
  time.textContent = time.textContent.replace(/\s?[AP]M$/i, "");
  return time;
}

// Where the next word of a streamed answer will stand.
function lastLine(node) {
  const last = node.lastElementChild;
  return last && ["P", "UL", "OL", "LI", "BLOCKQUOTE"].includes(last.tagName) ? lastLine(last) : node;
}

export function dots() {
  return el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
}
