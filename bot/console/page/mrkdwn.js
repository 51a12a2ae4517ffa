// Slack's mrkdwn and standard Markdown, as nodes.

import { el } from "./dom.js";

const EMOJI = {
  white_check_mark: "✅", warning: "⚠️", x: "❌", rotating_light: "🚨", moneybag: "💰", dollar: "💵",
  chart_with_upwards_trend: "📈", chart_with_downwards_trend: "📉", bar_chart: "📊", bulb: "💡",
  hourglass_flowing_sand: "⏳", lock: "🔒", mag: "🔍", wave: "👋", tada: "🎉", eyes: "👀",
  thumbsup: "👍", "+1": "👍", rocket: "🚀", robot_face: "🤖", calendar: "📅", label: "🏷️",
  information_source: "ℹ️", arrow_up: "⬆️", arrow_down: "⬇️", speech_balloon: "💬", no_entry: "⛔",
  large_green_circle: "🟢", large_yellow_circle: "🟡", red_circle: "🔴", page_facing_up: "📄",
};

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };
const unescape = (text) => text.replace(/&(?:amp|lt|gt);/g, (found) => ENTITIES[found]);
const emoji = (text) => text.replace(/:([a-z0-9_+-]+):/g, (all, name) => EMOJI[name] ?? all);
export const plain = (text) => emoji(text ?? "");
export const emojiOf = (name) => EMOJI[name] ?? `:${name}:`;

export function link(address, words) {
  if (!/^https?:\/\//i.test(address)) return document.createTextNode(words);
  const here = address.startsWith(`${location.origin}/#`);
  return el("a", { href: address, target: here ? null : "_blank", rel: "noopener noreferrer" }, words);
}

const mention = (words, known) => el("span", { class: known === false ? "mention" : "mention of" }, words);

export function userMention(id, names) {
  return mention(`@${names.people.get(id)?.name ?? id}`);
}

function angled(inner, names) {
  const [target, words] = inner.split(/\|(.*)/s);
  if (target[0] === "@") return userMention(target.slice(1), names);
  if (target[0] === "#") return mention(`#${words || names.channels.get(target.slice(1))?.name || target.slice(1)}`);
  if (target.startsWith("!subteam^")) return mention(words || `@${names.groups.get(target.slice(9))?.handle ?? "group"}`);
  if (target.startsWith("!date^")) return document.createTextNode(dated(target, words));
  if (target[0] === "!") return mention(`@${target.slice(1)}`);
  return link(unescape(target), unescape(words ?? target.replace(/^mailto:/, "")));
}

function dated(target, fallback) {
  const [, seconds, format = "{date} {time}"] = target.split("^");
  const when = new Date(Number(seconds) * 1000);
  if (Number.isNaN(when.valueOf())) return fallback ?? "";
  const date = when.toLocaleDateString(undefined, { month: "short", day: "numeric", year: "numeric" });
  const time = when.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
  return format.replace(/\{date[^}]*\}/g, date).replace(/\{time[^}]*\}/g, time);
}

const SLACK = [
  [/`([^`\n]+)`/, (m) => el("code", {}, unescape(m[1]))],
  [/<([^<>\n]+)>/, (m, names) => angled(m[1], names)],
  [/(?<![\w*])\*(?=\S)([^*\n]*?\S)\*(?![\w*])/, (m, names) => el("strong", {}, inline(m[1], SLACK, names))],
  [/(?<![\w_])_(?=\S)([^_\n]*?\S)_(?![\w_])/, (m, names) => el("em", {}, inline(m[1], SLACK, names))],
  [/(?<![\w~])~(?=\S)([^~\n]*?\S)~(?![\w~])/, (m, names) => el("s", {}, inline(m[1], SLACK, names))],
];

const STANDARD = [
  [/\\([\\`*_{}[\]()#+\-.!|~>])/, (m) => document.createTextNode(m[1])],
  [/`([^`\n]+)`/, (m) => el("code", {}, m[1])],
  [/\[([^\]\n]+)\]\((\S+?)\)/, (m) => link(m[2], m[1])],
  [/<([@#!][^<>\n]+|https?:[^<>\n]+)>/, (m, names) => angled(m[1], names)],
  [/\*\*(?=\S)(.+?\S|\S)\*\*/, (m, names) => el("strong", {}, inline(m[1], STANDARD, names))],
  [/(?<!\w)__(?=\S)(.+?)__(?!\w)/, (m, names) => el("strong", {}, inline(m[1], STANDARD, names))],
  [/~~(?=\S)(.+?)~~/, (m, names) => el("s", {}, inline(m[1], STANDARD, names))],
  [/\*(?=\S)([^*\n]*?\S)\*/, (m, names) => el("em", {}, inline(m[1], STANDARD, names))],
  [/(?<!\w)_(?=\S)([^_\n]*?\S)_(?!\w)/, (m, names) => el("em", {}, inline(m[1], STANDARD, names))],
  [/https?:\/\/[^\s<>)]+/, (m) => link(m[0], m[0])],
];

// The earliest rule that matches wins; what lies before it is text.
function inline(text, rules, names) {
  const out = document.createDocumentFragment();
  let rest = text;
  while (rest) {
    let best = null;
    for (const [pattern, make] of rules) {
      const found = pattern.exec(rest);
      if (found && (!best || found.index < best.found.index)) best = { found, make };
    }
    if (!best) { out.append(emoji(unescape(rest))); break; }
    out.append(emoji(unescape(rest.slice(0, best.found.index))), best.make(best.found, names));
    rest = rest.slice(best.found.index + best.found[0].length);
  }
  return out;
}

const fenced = (text) => el("pre", {}, el("code", {}, text.replace(/^\n|\n$/g, "")));

export function mrkdwn(text, names) {
  const out = el("div", { class: "text" });
  String(text ?? "").split(/```([\s\S]*?)```/).forEach((part, index) => {
    if (index % 2) out.append(fenced(unescape(part)));
    else slackLines(part, names, out);
  });
  return out;
}

function slackLines(text, names, out) {
  const lines = text.replace(/^\n|\n$/g, "").split("\n");
  for (let i = 0; i < lines.length; i++) {
    const quote = /^(?:>|&gt;) ?(.*)/.exec(lines[i]);
    if (quote) {
      const said = [quote[1]];
      while (/^(?:>|&gt;)/.test(lines[i + 1] ?? "")) said.push(lines[++i].replace(/^(?:>|&gt;) ?/, ""));
      out.append(el("blockquote", {}, inline(said.join("\n"), SLACK, names)));
      continue;
    }
    const bullet = /^\s*(•|-|\d+\.)\s+(.*)/.exec(lines[i]);
    const line = bullet
      ? el("div", { class: "point" }, el("span", {}, bullet[1] === "-" ? "•" : bullet[1]), el("span", {}, inline(bullet[2], SLACK, names)))
      : el("div", { class: "line" }, inline(lines[i], SLACK, names));
    if (lines.length > 1 || lines[i]) out.append(line);
  }
}

export function markdown(text, names) {
  const out = el("div", { class: "text markdown" });
  const lines = String(text ?? "").split("\n");
  const take = (test) => {
    const taken = [];
    while (lines.length && test(lines[0])) taken.push(lines.shift());
    return taken;
  };
  while (lines.length) {
    const line = lines[0];
    const heading = /^(#{1,6})\s+(.*)/.exec(line);
    if (/^```/.test(line)) {
      lines.shift();
      out.append(fenced(take((l) => !/^```/.test(l)).join("\n")));
      lines.shift();
    } else if (heading) {
      lines.shift();
      out.append(el("p", { class: `heading h${heading[1].length}` }, inline(heading[2], STANDARD, names)));
    } else if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) {
      lines.shift();
      out.append(el("hr"));
    } else if (/^\s*>/.test(line)) {
      const said = take((l) => /^\s*>/.test(l)).map((l) => l.replace(/^\s*> ?/, ""));
      out.append(el("blockquote", {}, inline(said.join("\n"), STANDARD, names)));
    } else if (/^\s*\|.*\|\s*$/.test(line) && /^\s*\|[\s:|-]+\|\s*$/.test(lines[1] ?? "")) {
      out.append(pipes(take((l) => /^\s*\|/.test(l)), names));
    } else if (ITEM.test(line)) {
      const items = take((l) => ITEM.test(l));
      const tag = /^\s*\d/.test(items[0]) ? "ol" : "ul";
      out.append(el(tag, {}, items.map((l) => el("li", {}, inline(ITEM.exec(l)[1], STANDARD, names)))));
    } else if (!line.trim()) {
      lines.shift();
    } else {
      const said = take((l) => l.trim() && !/^(```|#{1,6}\s|\s*>|\s*\|)/.test(l) && !ITEM.test(l));
      out.append(el("p", {}, inline(said.length ? said.join("\n") : lines.shift(), STANDARD, names)));
    }
  }
  return out;
}

const ITEM = /^\s*(?:[-*+]|\d+\.)\s+(.*)/;

function pipes(lines, names) {
  const cells = (line) => line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());
  const [head, , ...body] = lines.map(cells);
  const row = (values, tag) => el("tr", {}, values.map((v) => el(tag, {}, inline(v, STANDARD, names))));
  return el("div", { class: "table-scroll" }, el("table", {}, el("thead", {}, row(head, "th")), el("tbody", {}, body.map((r) => row(r, "td")))));
}
