// Where a person says something: words, pictures, files, a place, a voice.

import { $, el, icon, tell } from "./dom.js";
import { newId } from "./outbox.js";
import { Recorder } from "./recorder.js";
import { say } from "./words.js";

const MOST_FILES = 9;
const DRAFT = "minhu.draft.";

export class Composer {
  constructor({ chat, mostBytes, mostSeconds, outbox }) {
    Object.assign(this, { draftKey: DRAFT + chat, mostBytes, outbox, chosen: [], answering: null });
    this.text = $("text");
    const send = (blob, name, seconds) => this.give({ kind: "voice", file: blob, name, seconds });
    this.recorder = new Recorder({ mostSeconds, send, panel: (which) => this.panel(which) });
    if ($("speak")) $("speak").hidden = !this.recorder.possible;
    this.text.value = load(this.draftKey);
    this.wireText();
    this.wireFiles();
    this.wirePlace();
    this.changed();
  }

  // words

  wireText() {
    this.text.addEventListener("input", () => this.changed());
    this.text.addEventListener("keydown", (event) => {
      // 229 and isComposing: Enter chooses a word of the input method and sends nothing.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.submit();
    });
    $("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    $("answering").querySelector("button").addEventListener("click", () => this.answer(null));
  }

  fill(words) {
    this.text.value = words;
    this.changed();
    this.text.focus();
    this.text.setSelectionRange(words.length, words.length);
  }

  answer(line) {
    this.answering = line?.ref ?? null;
    $("answering").hidden = !line;
    if (!line) return;
    $("answering").querySelector("p").textContent = say("answering", { what: line.text.split("\n")[0] });
    this.text.focus();
  }

  changed() {
    save(this.draftKey, this.text.value);
    const something = this.text.value.trim() || this.chosen.length || !this.recorder.possible;
    $("send").hidden = !something;
    $("mic").hidden = Boolean(something);
    if (!CSS.supports("field-sizing", "content")) {
      this.text.style.height = "auto";
      this.text.style.height = `${this.text.scrollHeight + 3}px`;
    }
  }

  submit() {
    const text = this.text.value.trim();
    if (!text && !this.chosen.length) return this.text.focus();
    const files = this.chosen;
    const group = files.length > 1 ? newId() : undefined;
    const items = files.length
      ? files.map((file, n) => ({ ...file, group, text: n === 0 && text ? text : undefined }))
      : [{ text }];
    this.chosen = [];
    this.showChosen();
    this.text.value = "";
    this.changed();
    this.give(...items);
    return this.text.focus();
  }

  give(...items) {
    tell($("problem"), "");
    if (this.answering && items[0].press === undefined) items[0].reply_to = this.answering;
    this.answer(null);
    this.outbox.add(...items);
  }

  // files

  wireFiles() {
    $("attach").addEventListener("click", () => $("sheet-attach").showModal());
    for (const button of document.querySelectorAll("[data-pick]")) {
      button.addEventListener("click", () => {
        $("sheet-attach").close();
        $(button.dataset.pick).click();
      });
    }
    for (const id of ["pick-camera", "pick-media", "pick-file"]) {
      $(id).addEventListener("change", (event) => {
        this.choose([...event.target.files]);
        event.target.value = "";
      });
    }
    this.text.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (!files.length) return;
      event.preventDefault();
      this.choose(files);
    });
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      this.choose([...(event.dataTransfer?.files ?? [])]);
    });
  }

  choose(files) {
    const fitting = files.filter((file) => file.size && file.size <= this.mostBytes);
    const room = MOST_FILES - this.chosen.length;
    const most = Math.floor(this.mostBytes / 1048576);
    if (files.some((file) => file.size > this.mostBytes)) tell($("problem"), say("error.file_too_large", { most }));
    else if (files.some((file) => !file.size)) tell($("problem"), say("error.empty_file"));
    else if (fitting.length > room) tell($("problem"), say("pick.too_many", { most: MOST_FILES }));
    else tell($("problem"), "");
    for (const file of fitting.slice(0, room)) this.chosen.push({ kind: kindOf(file), file, name: file.name });
    this.showChosen();
    this.changed();
    this.text.focus();
  }

  showChosen() {
    for (const image of $("chosen").querySelectorAll("[src]")) URL.revokeObjectURL(image.src);
    $("chosen").hidden = !this.chosen.length;
    $("chosen").replaceChildren(...this.chosen.map((each) => this.chip(each)));
  }

  chip(each) {
    const seen = { photo: "img", video: "video" }[each.kind];
    const picture = seen && el(seen, { src: URL.createObjectURL(each.file), alt: "" });
    picture?.addEventListener("error", () => picture.remove());
    const remove = el("button", { type: "button", "aria-label": say("pick.remove", { name: each.name }) }, icon("close"));
    remove.addEventListener("click", () => {
      this.chosen = this.chosen.filter((other) => other !== each);
      this.showChosen();
      this.changed();
      this.text.focus();
    });
    return el("li", {}, el("span", { text: each.name }), picture, remove);
  }

  // place

  wirePlace() {
    $("locate").addEventListener("click", () => {
      $("sheet-attach").close();
      this.askPlace();
    });
    $("place-here").addEventListener("click", () => this.locate());
    $("place-type").addEventListener("click", () => {
      $("sheet-place").close();
      this.fill(`${this.text.value}${say("place.begin")}`);
    });
  }

  askPlace() {
    tell($("place-problem"), "");
    $("sheet-place").showModal();
  }

  locate() {
    const button = $("place-here");
    if (!navigator.geolocation || !isSecureContext) return tell($("place-problem"), say("place.unavailable"));
    tell($("place-problem"), "");
    tell($("place-say"), say("place.looking"));
    button.disabled = true;
    const done = () => {
      button.disabled = false;
      tell($("place-say"), say("place.how"));
    };
    return navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        done();
        $("sheet-place").close();
        this.give({ point: { lat: coords.latitude, lon: coords.longitude } });
      },
      (error) => {
        done();
        tell($("place-problem"), say(error.code === 1 ? "place.refused" : "place.unavailable"));
        $("place-type").focus();
      },
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
    );
  }

  /** Which of the three faces of the bar is shown. */
  panel(which) {
    document.querySelector(".say").hidden = which !== "text";
    $("recording").hidden = which !== "recording";
    $("preview").hidden = which !== "preview";
    if (which === "text") $("mic").focus();
  }
}

function kindOf(file) {
  const kind = file.type.split("/")[0];
  return { image: "photo", video: "video", audio: "voice" }[kind] ?? "document";
}

function load(key) {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

function save(key, text) {
  try {
    if (text) localStorage.setItem(key, text);
    else localStorage.removeItem(key);
  } catch {
    // Without storage a draft does not outlive the page.
  }
}
