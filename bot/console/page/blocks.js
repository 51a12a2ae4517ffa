// Block Kit, as nodes.

import { el } from "./dom.js";
import { lightbox } from "./dialogs.js";
import { element } from "./elements.js";
import { emojiOf, link, markdown, mrkdwn, plain, userMention } from "./mrkdwn.js";

export function text(object, names) {
  return object.type === "mrkdwn" ? mrkdwn(object.text, names) : el("div", { class: "text" }, plain(object.text));
}

// host: names, files, press.
export function blocks(list, host) {
  return (list ?? []).map((block) => {
    const make = KINDS[block.type];
    return make ? make(block, host) : el("p", { class: "unknown" }, `A ${block.type} block stands here; this console does not draw it.`);
  });
}

const KINDS = {
  divider: () => el("hr"),
  header: (block) => el("h3", { class: "header" }, plain(block.text.text)),
  markdown: (block, host) => markdown(block.text, host.names),
  rich_text: (block, host) => el("div", { class: "text" }, rich(block.elements, host.names)),
  section,
  context: (block, host) => el("div", { class: "context" }, block.elements.map((part) =>
    part.type === "image" ? picture(part, host, "tiny") : text(part, host.names))),
  actions: (block, host) => el("div", { class: "actions" }, block.elements.map((part) => element(part, block, host))),
  context_actions: (block, host) => el("div", { class: "actions small" }, block.elements.map((part) => element(part, block, host))),
  image: (block, host) => el("figure", {},
    block.title ? el("figcaption", {}, plain(block.title.text)) : null, picture(block, host, "large")),
  input,
  table,
};

function section(block, host) {
  const body = el("div", { class: "section-body" },
    block.text ? text(block.text, host.names) : null,
    block.fields ? el("div", { class: "fields" }, block.fields.map((field) => text(field, host.names))) : null);
  if (!block.accessory) return el("div", { class: "section" }, body);
  const side = block.accessory.type === "image"
    ? picture(block.accessory, host, "thumb")
    : element(block.accessory, block, host);
  return el("div", { class: "section with-accessory" }, body, el("div", { class: "accessory" }, side));
}

function source(image, host) {
  if (image.slack_file) return host.files(image.slack_file.id ?? image.slack_file.url);
  const local = image.image_url?.startsWith(`${location.origin}/`) || image.image_url?.startsWith("data:image/");
  return local ? image.image_url : null;
}

export function picture(image, host, size) {
  const address = source(image, host);
  // Nothing leaves this machine, so a picture elsewhere is named, not fetched.
  if (!address) return el("p", { class: "unknown" }, `Picture: ${image.alt_text}`);
  const shown = el("img", { src: address, alt: image.alt_text, class: size });
  if (size !== "large") return shown;
  return el("button", {
    type: "button", class: "picture", "aria-label": `Enlarge: ${image.alt_text}`, onclick: () => lightbox(address, image.alt_text),
  }, shown);
}

function input(block, host) {
  const inner = element(block.element, block, host, { isInput: !block.dispatch_action });
  const id = `in-${block.block_id}-${block.element.action_id}`;
  inner.id = id;
  return el("div", { class: "input", "data-input": block.block_id, "data-optional": String(Boolean(block.optional)) },
    el("label", { for: id }, plain(block.label.text), block.optional ? el("small", {}, " (optional)") : null),
    inner,
    block.hint ? el("small", { class: "hint" }, plain(block.hint.text)) : null,
    el("p", { class: "complaint", role: "alert", hidden: true }));
}

const NUMBER = /^[-−+±]?(?:[A-Z]{3}\s)?[$€£¥₹]?\s?[-−]?\d[\d,.\s]*\s?(?:%|[kKMBG]|pp)?$/u;

function table(block, host) {
  const [head, ...body] = block.rows;
  const written = (cell) => (cell.type === "raw_text" ? cell.text : richText(cell));
  const side = head.map((_, column) => {
    const set = block.column_settings?.[column]?.align;
    if (set) return set;
    const values = body.map((row) => row[column]).filter(Boolean).map((cell) => written(cell).trim());
    const numeric = values.filter((value) => NUMBER.test(value)).length;
    return numeric && numeric >= values.filter((value) => value && !/^[–—-]$/.test(value)).length ? "right" : "left";
  });
  const wrap = (column) => (block.column_settings?.[column]?.is_wrapped ? " wrapped" : "");
  const cell = (value, column, tag) => el(tag, { class: `${side[column] ?? "left"}${wrap(column)}`, scope: tag === "th" ? "col" : null },
    value.type === "raw_text" ? plain(value.text) : rich(value.elements, host.names));
  const row = (values, tag) => el("tr", {}, values.map((value, column) => cell(value, column, tag)));
  return el("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": "Table" },
    el("table", {}, el("thead", {}, row(head, "th")), el("tbody", {}, body.map((values) => row(values, "td")))));
}

const richText = (node) => (node.elements ? node.elements.map(richText).join("") : node.text ?? "");

function rich(elements, names) {
  return elements.map((part) => {
    if (part.type === "rich_text_list") {
      const tag = part.style === "ordered" ? "ol" : "ul";
      return el(tag, {}, part.elements.map((item) => el("li", {}, runs(item.elements, names))));
    }
    if (part.type === "rich_text_quote") return el("blockquote", {}, runs(part.elements, names));
    if (part.type === "rich_text_preformatted") return el("pre", {}, el("code", {}, runs(part.elements, names)));
    return el("div", { class: "line" }, runs(part.elements, names));
  });
}

function runs(elements, names) {
  return elements.map((run) => {
    if (run.type === "link") return styled(link(run.url, run.text ?? run.url), run.style);
    if (run.type === "user") return userMention(run.user_id, names);
    if (run.type === "usergroup") return el("span", { class: "mention of" }, `@${names.groups.get(run.usergroup_id)?.handle ?? "group"}`);
    if (run.type === "channel") return el("span", { class: "mention of" }, `#${names.channels.get(run.channel_id)?.name ?? run.channel_id}`);
    if (run.type === "emoji") return emojiOf(run.name);
    if (run.type === "broadcast") return el("span", { class: "mention of" }, `@${run.range}`);
    return styled(document.createTextNode(run.text ?? ""), run.style);
  });
}

function styled(node, style = {}) {
  const tags = { bold: "strong", italic: "em", strike: "s", code: "code" };
  return Object.entries(tags).reduce((inner, [name, tag]) => (style?.[name] ? el(tag, {}, inner) : inner), node);
}
