// One line of the chat as an element. Texts become text nodes and nothing else.

import { dueOf, timeOf } from "./clock.js";
import { el, icon } from "./dom.js";
import { labelOf, say } from "./words.js";

const STAR = /^rate_([1-5])(:|$)/;
// More buttons than a small screen can show: those of the first rows stay, the others wait behind "more".
const MANY = 6;
const SHOWN = 4;
// What a card is there for, and so the button that stands out; among equal choices none does.
const MEANT = /^(confirm|accept|approve)(:|$)/;

export class Bubbles {
  /** `wire` for addresses of files; `quoted(ref)`, `labels` for what earlier lines said; the rest are acts. */
  constructor({ wire, quoted, goTo, press, answer, aloud, enlarge, locate }) {
    Object.assign(this, { wire, quoted, goTo, press, answer, aloud, enlarge, locate, labels: new Map() });
    for (const each of document.querySelectorAll("[data-press]")) this.labels.set(each.dataset.press, each.textContent.trim());
  }

  line(line) {
    for (const button of (line.buttons ?? []).flat()) this.labels.set(button.token, button.label);
    const pressed = line.mine && line.press;
    const card = Boolean(line.card);
    const classes = ["said", line.mine && "mine", pressed && "pressed", card && "card", (line.buttons?.length || line.asks_location) && "asks"].filter(Boolean).join(" ");
    const inside = pressed ? this.pressed(line.press) : this.content(line);
    const bubble = el("div", { class: "bubble" }, el("span", { class: "hidden", text: speaker(line.mine) }));
    if (card) bubble.append(head(line.card), el("div", { class: "inside" }, ...inside));
    else bubble.append(...inside);
    const foot = this.foot(line);
    return el("li", { class: classes, "data-ref": line.ref }, bubble, this.buttons(line), foot);
  }

  /** Something that waits to be sent: the same look, and its state below. */
  waiting(item) {
    const press = item.press ?? (item.start && "start");
    const inside = press ? this.pressed(press, item.label) : this.draft(item);
    const bubble = el("div", { class: "bubble" }, el("span", { class: "hidden", text: speaker(true) }), ...inside);
    const classes = press ? "said mine pressed" : "said mine";
    return el("li", { class: classes, "data-id": item.id }, bubble, el("p", { class: "when" }));
  }

  pressed(token, label) {
    const words = label || this.labels.get(token) || labelOf(token) || say("pressed");
    return [icon("check"), el("span", { text: words })];
  }

  content(line) {
    return [
      line.reply_to && !line.press && this.quote(line.reply_to),
      line.point && place(line.point),
      line.files.length && this.files(line.files),
      line.text && words(line.text),
    ].filter(Boolean);
  }

  draft(item) {
    const file = item.file && localFile(item);
    return [item.point && place(item.point), file, item.text && words(item.text)].filter(Boolean);
  }

  quote(ref) {
    const text = this.quoted(ref);
    return text && el("button", { class: "quote", type: "button", text, onclick: () => this.goTo(ref) });
  }

  foot(line) {
    const at = new Date(line.at);
    const foot = el("p", { class: "when" }, el("time", { datetime: line.at, text: timeOf(at) }));
    if (line.mine) return foot;
    const named = line.text.slice(0, 40);
    if (line.card) {
      const label = say("answer_to", { what: named });
      foot.append(
        el("button", { type: "button", "aria-label": label, onclick: () => this.answer(line) }, icon("reply"),
          el("span", { text: say("answer") })),
      );
    }
    if (this.aloud.possible && line.text) {
      const label = say("comfort.read_this", { what: named });
      foot.append(
        el("button", { type: "button", "aria-label": label, onclick: () => this.aloud.read(line.text) }, icon("speaker")),
      );
    }
    return foot;
  }

  buttons(line) {
    const rows = line.buttons ?? [];
    const made = folded(rows, (row) => this.row(row, line));
    if (line.asks_location) {
      const here = el("button", { type: "button", class: "wide", onclick: this.locate }, icon("pin"), el("span", { text: say("place.share") }));
      made.push(el("div", {}, here));
    }
    return made.length ? el("div", { class: "buttons" }, ...made) : null;
  }

  row(row, line) {
    const stars = row.length === 5 && row.every((button, n) => STAR.exec(button.token)?.[1] === String(n + 1));
    const made = row.map((button, n) => {
      const press = (event) => this.press(event.currentTarget, button, line);
      const plain = { type: "button", class: MEANT.test(button.token) && "first", text: button.label, onclick: press };
      if (!stars) return el("button", plain);
      const facts = { type: "button", "aria-label": say("stars", { n: n + 1 }), title: button.label, onclick: press };
      return el("button", facts, icon("star"), el("span", { "aria-hidden": "true", text: String(n + 1) }));
    });
    if (!stars) return el("div", {}, ...made);
    const light = (upTo) => made.forEach((star, n) => star.classList.toggle("lit", n <= upTo));
    made.forEach((star, n) => {
      for (const on of ["pointerenter", "focus", "click"]) star.addEventListener(on, () => light(n));
    });
    const group = el("div", { class: "stars", role: "group", "aria-label": say("stars_group") }, ...made);
    const chosen = () => made.findIndex((star) => star.getAttribute("aria-pressed") === "true");
    group.addEventListener("pointerleave", () => light(chosen()));
    group.addEventListener("focusout", () => light(chosen()));
    return group;
  }

  files(files) {
    const pictures = files.filter((file) => file.kind === "photo").length;
    const made = files.map((file) => this.file(file));
    return el("div", { class: pictures > 1 ? "files many" : "files" }, ...made);
  }

  file(file) {
    const shown = file.digest ? this.shown(file) : absent(file.kind);
    if (file.kind !== "photo") shown.classList.add("wide-file");
    return shown;
  }

  shown(file) {
    const from = (variant) => this.wire.media(file.digest, variant);
    switch (file.kind) {
      case "photo":
        return photo(from("thumb"), () => this.enlarge(from("screen")));
      case "video": {
        const facts = { controls: true, preload: "none", playsinline: true, poster: from("poster"), src: from("clean") };
        return el("video", { ...facts, "aria-label": say("kind.video") });
      }
      case "voice":
        return el("audio", { controls: true, preload: "none", src: from("clean"), "aria-label": say("kind.voice") });
      default:
        return el("a", { class: "doc", href: from("clean"), download: "" }, icon("file"),
          el("span", { text: file.name || say("kind.document") }));
    }
  }
}

const speaker = (mine) => say(mine ? "i_said" : "they_said");
const words = (text) => el("p", { class: "words", text });

function place(point) {
  const at = `${point.lat.toFixed(5)}, ${point.lon.toFixed(5)}`;
  return el("p", { class: "place" }, icon("pin"), el("span", { text: say("place.shown", { at }) }));
}

function absent(kind) {
  const sign = { photo: "picture", voice: "mic" }[kind] ?? "file";
  return el("p", { class: "absent" }, icon(sign), el("span", { text: say(`kind.${kind}`) }));
}

function photo(address, enlarge) {
  const image = el("img", { src: address, alt: say("kind.photo"), loading: "lazy", decoding: "async" });
  const button = el("button", { type: "button", class: "photo", "aria-label": say("picture.enlarge"), onclick: enlarge }, image);
  // Not looked through yet, or refused: the place stays, without a broken picture in it. It is asked for again.
  let tries = 0;
  image.addEventListener("error", () => {
    tries += 1;
    if (tries > 6) return button.replaceWith(absent("photo"));
    return setTimeout(() => (image.src = `${address}?try=${tries}`), 700 * 2 ** tries);
  });
  return button;
}

function localFile(item) {
  if (!item.address) item.address = URL.createObjectURL(item.file);
  const one = (element) => el("div", { class: "files" }, element);
  if (item.kind === "photo") {
    const image = el("img", { src: item.address, alt: say("kind.photo") });
    const frame = el("div", { class: "photo" }, image);
    image.addEventListener("error", () => frame.replaceWith(absent("photo")));
    return one(frame);
  }
  if (item.kind === "voice") return one(el("audio", { controls: true, src: item.address, "aria-label": say("kind.voice") }));
  if (item.kind === "video") return one(el("video", { controls: true, src: item.address, "aria-label": say("kind.video") }));
  return one(el("p", { class: "doc" }, icon("file"), el("span", { text: item.name })));
}

function head(card) {
  const made = el("div", { class: "head" }, el("span", { class: "number", text: say("card.case", { number: card.case }) }));
  if (card.urgency) made.append(el("span", { class: "tag", text: say(`urgency.${card.urgency}`) }));
  const due = card.due && new Date(card.due);
  if (due && !Number.isNaN(due.getTime())) {
    const chip = el("span", { class: "due" }, icon("clock"), el("time", { datetime: card.due }));
    chip.refresh = () => {
      const [text, late] = dueOf(due);
      chip.lastChild.textContent = text;
      chip.classList.toggle("late", late);
    };
    chip.refresh();
    made.append(chip);
  }
  return made;
}

/** Rows as elements; of many buttons, those after the first few fold away. */
function folded(rows, make) {
  if (rows.flat().length <= MANY) return rows.map(make);
  let shown = 0;
  const cut = rows.findIndex((row) => (shown += row.length) >= SHOWN) + 1;
  const more = el("details", { class: "more" }, el("summary", { text: say("more_choices") }), ...rows.slice(cut).map(make));
  return [...rows.slice(0, cut).map(make), more];
}
