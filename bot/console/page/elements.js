// Interactive elements: those that act when used, and those that are read when a form is sent.
// Every node of this kind carries `slack`, a function that gives its state as Slack writes it.

import { el, menuButton, drawn } from "./dom.js";
import { confirmed } from "./dialogs.js";
import { plain } from "./mrkdwn.js";

const SELECTED = {
  datepicker: "selected_date", timepicker: "selected_time", users_select: "selected_user",
  channels_select: "selected_channel", conversations_select: "selected_conversation",
};

// host: names, press({ action_id, block_id }, option?, values) or nothing where elements are only read.
export function element(spec, block, host, { isInput = false } = {}) {
  const make = { button, feedback_buttons: feedback, icon_button: button, overflow, checkboxes: choices, radio_buttons: choices }[spec.type] ?? field;
  const node = make(spec, { block, host, isInput });
  node.dataset.block = block.block_id;
  node.dataset.action = spec.action_id;
  return node;
}

export function collect(root) {
  const values = {};
  for (const node of root.querySelectorAll("[data-action]")) {
    if (!node.slack) continue;
    (values[node.dataset.block] ??= {})[node.dataset.action] = node.slack();
  }
  return values;
}

async function used(node, spec, { host, block }, option) {
  if (spec.confirm && !(await confirmed(spec.confirm, host.names))) return false;
  const root = node.closest("[data-surface]");
  node.classList.add("busy");
  try {
    await host.press({ action_id: spec.action_id, block_id: block.block_id }, option, root ? collect(root) : {});
  } finally {
    setTimeout(() => node.classList.remove("busy"), 250);
  }
  return true;
}

function button(spec, context) {
  const label = plain(spec.text.text);
  if (spec.url && /^https?:\/\//.test(spec.url)) {
    return el("a", {
      class: `button ${spec.style ?? ""}`, href: spec.url, target: "_blank", rel: "noopener noreferrer",
      "aria-label": spec.accessibility_label, onclick: (event) => used(event.currentTarget, spec, context),
    }, label);
  }
  return el("button", {
    type: "button", class: `button ${spec.style ?? ""}`, "aria-label": spec.accessibility_label,
    onclick: (event) => used(event.currentTarget, spec, context),
  }, label);
}

// Drawn here: a machine without an emoji font shows an empty box.
const THUMB = "M7 10v11H3V10h4zm2 11V9.6L13.2 2c1.5 0 2.4 1.1 2.2 2.6L14.7 9H20c1.3 0 2.2 1.2 1.9 2.4l-1.9 8A2 2 0 0 1 18 21H9z";

// Two thumbs; the one that was pressed stays marked, as in Slack.
function feedback(spec, context) {
  const half = (side, way) => el("button", {
    type: "button", class: `thumb ${way}`, title: plain(side.text.text), "aria-pressed": "false",
    "aria-label": side.accessibility_label ?? plain(side.text.text),
    onclick: async (event) => {
      const pressed = event.currentTarget;
      await used(pressed, spec, context, side.value);
      for (const other of node.children) other.setAttribute("aria-pressed", String(other === pressed));
    },
  }, drawn(THUMB));
  const node = el("span", { class: "thumbs", role: "group" }, half(spec.positive_button, "up"), half(spec.negative_button, "down"));
  return node;
}

function overflow(spec, context) {
  const holder = menuButton("⋯", { class: "button more", "aria-label": "More actions" }, () =>
    spec.options.map((option) => ({ label: plain(option.text.text), act: () => used(holder, spec, context, option.value) })));
  return holder;
}

const optionsOf = (spec) => spec.option_groups?.flatMap((group) => group.options) ?? spec.options ?? [];

function people(spec, host) {
  if (spec.type === "users_select") return [...host.names.people.values()].map((p) => [p.id, p.name]);
  return [...host.names.channels.values()].map((c) => [c.id, `#${c.name}`]);
}

function select(spec, context) {
  const given = spec.type.endsWith("static_select");
  const entry = (o) => el("option", { value: o.value, title: o.description?.text }, plain(o.text.text));
  const many = spec.type.startsWith("multi_");
  const entries = given
    ? spec.option_groups?.map((g) => el("optgroup", { label: plain(g.label.text) }, g.options.map(entry))) ?? optionsOf(spec).map(entry)
    : people(spec, context.host).map(([id, name]) => el("option", { value: id }, name));
  const hint = el("option", { value: "", disabled: !context.isInput, hidden: !context.isInput }, plain(spec.placeholder?.text ?? "Choose …"));
  const node = el("select", { multiple: many, "aria-label": plain(spec.placeholder?.text ?? "Choose") }, many ? null : hint, entries);
  const chosen = spec.initial_option?.value ?? spec.initial_user ?? spec.initial_channel ?? spec.initial_conversation ?? "";
  if (many) for (const o of node.options) o.selected = (spec.initial_options ?? []).some((i) => i.value === o.value);
  else node.value = chosen;
  let before = chosen;
  if (!context.isInput) {
    node.addEventListener("change", async () => {
      const value = many ? [...node.selectedOptions].map((o) => o.value) : node.value;
      if (await used(node, spec, context, value)) before = value;
      else if (!many) node.value = before;
    });
  }
  node.slack = () => {
    const find = (value) => optionsOf(spec).find((o) => o.value === value) ?? null;
    if (many) return { type: spec.type, selected_options: [...node.selectedOptions].map((o) => find(o.value)) };
    return given
      ? { type: spec.type, selected_option: find(node.value) }
      : { type: spec.type, [SELECTED[spec.type]]: node.value || null };
  };
  return node;
}

function choices(spec, context) {
  const many = spec.type === "checkboxes";
  const initial = many ? spec.initial_options ?? [] : [spec.initial_option].filter(Boolean);
  const name = `${context.block.block_id}-${spec.action_id}`;
  const node = el("span", { class: "choices", role: many ? "group" : "radiogroup" }, spec.options.map((option) =>
    el("label", {}, el("input", { type: many ? "checkbox" : "radio", name, value: option.value, checked: initial.some((i) => i.value === option.value) }),
      el("span", {}, plain(option.text.text), option.description ? el("small", {}, plain(option.description.text)) : null))));
  const chosen = () => [...node.querySelectorAll("input:checked")].map((i) => spec.options.find((o) => o.value === i.value));
  if (!context.isInput) {
    node.addEventListener("change", () => {
      const values = chosen().map((o) => o.value);
      used(node, spec, context, many ? values : values[0]);
    });
  }
  node.slack = () => (many ? { type: spec.type, selected_options: chosen() } : { type: spec.type, selected_option: chosen()[0] ?? null });
  return node;
}

const INPUT_TYPES = {
  number_input: "number", email_text_input: "email", url_text_input: "url", datepicker: "date", timepicker: "time",
};

function field(spec, context) {
  if (spec.type.endsWith("_select")) return select(spec, context);
  const shared = {
    placeholder: spec.placeholder ? plain(spec.placeholder.text) : null,
    value: spec.initial_value ?? spec.initial_date ?? spec.initial_time ?? "",
    maxlength: spec.max_length, minlength: spec.min_length, min: spec.min_value, max: spec.max_value,
    step: spec.is_decimal_allowed ? "any" : null, autofocus: spec.focus_on_load,
  };
  const node = spec.multiline
    ? el("textarea", { ...shared, rows: 4 })
    : el("input", { ...shared, type: INPUT_TYPES[spec.type] ?? "text" });
  if (!context.isInput) node.addEventListener("change", () => used(node, spec, context, node.value));
  node.slack = () => ({ type: spec.type, [SELECTED[spec.type] ?? "value"]: node.value || null });
  return node;
}
