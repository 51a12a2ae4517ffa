// Channels, Purser, and whom to act as.

import { avatar, el, menuButton, replace } from "./dom.js";

const standing = { guest: "guest", outside: "other organisation", left: "deactivated" };

export function drawSidebar(state, go) {
  const mine = state.start.channels.filter((c) => (state.members[c.id] ?? []).includes(state.me.id));
  const room = (key, sign, name, isUnread) => {
    const here = state.route.key === key;
    return el("button", {
      type: "button", class: `room${here ? " here" : ""}${isUnread && !here ? " unread" : ""}`, "data-room": key,
      "aria-current": here ? "page" : null, onclick: () => go(key),
    }, el("span", { class: "sign", "aria-hidden": "true" }, sign), name, isUnread && !here ? el("span", { class: "pip", "aria-label": "new messages" }) : null);
  };
  const direct = state.me.direct;
  replace(document.getElementById("rooms"),
    el("h2", {}, "Channels"),
    mine.map((c) => room(c.id, c.kind === "private" ? el("i", { class: "lock" }) : "#", c.name, state.unread.has(c.id))),
    el("h2", {}, "Direct messages"),
    room(direct, coin(), state.start.bot.name, state.unread.has(direct)),
    el("h2", {}, "Apps"),
    room("home", coin(), `${state.start.bot.name} · Home`, false));
}

const coin = () => el("span", { class: "coin" }, "P");

export function drawActing(state, choose) {
  const me = state.me;
  const face = el("span", { class: "acting" }, avatar(me),
    el("span", { class: "acting-words" }, el("small", {}, "Acting as"), el("b", {}, me.name), el("small", { class: "role" }, me.title)), el("i", { class: "chevron" }));
  replace(document.getElementById("acting"), menuButton(face, { class: "acting-button", "aria-label": `Acting as ${me.name}, ${me.title}. Change person` }, () => [
    { divider: "Act as" },
    ...state.start.people.map((person) => ({
      chosen: person.id === me.id,
      label: el("span", { class: "person" }, avatar(person), el("span", {}, el("b", {}, person.name),
        el("small", {}, [person.title, standing[person.standing]].filter(Boolean).join(" · ")))),
      act: () => choose(person),
    })),
  ]));
}
