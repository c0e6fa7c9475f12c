// The page, put together.

import { Bubbles } from "./bubble.js";
import { Aloud, wireSize } from "./comfort.js";
import { Composer } from "./composer.js";
import { $ } from "./dom.js";
import { banner, Log } from "./log.js";
import { forgetEverything, Outbox } from "./outbox.js";
import { Denied, Live, Wire } from "./wire.js";
import { loadWords, say } from "./words.js";

const ANSWER_WITHIN = 15000; // milliseconds until a pressed button can be pressed again, answer or not
const SLOW = 2500; // a connection that is back by then was not worth a word

const { base, key, chat, mostBytes, mostSeconds } = document.body.dataset;
const wire = new Wire(base, key);
const log = new Log();
const pressed = new Set();
let worry = 0;
let hush = 0;
let answers = 0;

function reloadNeeded() {
  banner(say("net.reload"), say("net.reload_do"), () => location.reload());
}

// A page that is gone (signed out, cookie lost) has no way back but to be loaded anew.
async function gone() {
  try {
    await wire.history(`?after=${log.last}`);
    return false;
  } catch (error) {
    if (!(error instanceof Denied) || !error.gone) return false;
    if (base) location.reload();
    else reloadNeeded();
    return true;
  }
}

function thinking(on) {
  log.thinking(on);
  clearTimeout(hush);
  if (on) hush = setTimeout(() => log.thinking(false), ANSWER_WITHIN);
}

function release() {
  for (const button of pressed) button.disabled = false;
  pressed.clear();
}

function press(element, button, line) {
  const group = element.closest(".buttons");
  for (const each of group.querySelectorAll("button")) {
    each.setAttribute("aria-pressed", String(each === element));
    each.disabled = true;
    pressed.add(each);
  }
  setTimeout(release, ANSWER_WITHIN);
  outbox.add({ press: button.token, label: button.label, reply_to: line.ref });
}

function enlarge(address) {
  $("picture").querySelector("img").src = address;
  $("picture").showModal();
}

function arrived(line) {
  if (!log.add(line)) return;
  if (line.mine) {
    outbox.drop(line.client_id);
    return;
  }
  answers += 1;
  thinking(false);
  const held = document.activeElement;
  release();
  if (held?.closest?.(".buttons")) held.focus();
  aloud.arrived(line);
}

const outbox = new Outbox(chat, wire, {
  changed: (item, state, part = 0) => {
    const acts = {
      retry: (id) => outbox.retry(id),
      drop: (id) => outbox.drop(id).then(() => log.settle(id)),
    };
    log.show(item, state, part, acts);
    if (state === "sending") item.answers ??= answers;
    // The answer may overtake the receipt.
    if (state === "sent" && item.answers === answers) thinking(true);
    if (state === "failed") release();
  },
  stuck: () => gone().then((left) => left || reloadNeeded()),
});

const live = new Live(base, {
  last: () => log.last,
  gone,
  online: () => {
    clearTimeout(worry);
    worry = 0;
    banner("");
    outbox.pump();
  },
  offline: () => {
    worry ||= setTimeout(() => banner(say(navigator.onLine ? "net.reconnecting" : "net.offline")), SLOW);
  },
});

let aloud;

async function loadHistory() {
  for (let pause = 1000; ; pause = Math.min(pause * 2, 15000)) {
    try {
      return await wire.history();
    } catch (error) {
      if (error instanceof Denied && error.gone) {
        reloadNeeded();
        throw error;
      }
      banner(say("net.reconnecting"));
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

async function older() {
  const button = $("older");
  button.disabled = true;
  try {
    const got = await wire.history(`?before=${log.first}`);
    log.prepend(got.lines);
    button.hidden = !got.more;
  } finally {
    button.disabled = false;
  }
}

function wireSheets() {
  $("more").addEventListener("click", () => $("sheet-more").showModal());
  $("older").addEventListener("click", older);
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.addEventListener("click", (event) => {
      // A click on the backdrop is a click on the dialog itself.
      if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
    });
  }
  for (const button of document.querySelectorAll("[data-press]")) {
    button.addEventListener("click", () => {
      $("sheet-more").close();
      button.disabled = true; // a double click is one wish
      setTimeout(() => (button.disabled = false), 1000);
      outbox.add({ press: button.dataset.press, label: button.textContent.trim() });
    });
  }
  $("leave").addEventListener("click", () => {
    $("sheet-more").close();
    $("sure-say").textContent = $("leave").dataset.sure;
    $("sure").showModal();
  });
  $("sure-yes").addEventListener("click", async () => {
    $("sure-yes").disabled = true;
    try {
      await wire.leave();
      await forgetEverything();
      location.reload();
    } catch (error) {
      $("sure-say").textContent = error.say || say("error.later");
    } finally {
      $("sure-yes").disabled = false;
    }
  });
}

function wireExamples(composer) {
  for (const chip of document.querySelectorAll("[data-fill]")) {
    chip.addEventListener("click", () => composer.fill(chip.dataset.fill));
  }
}

// `?grid=…`: a code at a door, or a link. Said once; the address is then plain, so that a reload does not say it again.
function arriveByCode() {
  const grid = new URLSearchParams(location.search).get("grid");
  if (grid === null) return;
  history.replaceState(null, "", location.pathname);
  const known = /^[A-Za-z0-9-]{1,40}$/.test(grid);
  outbox.add({ start: `grid_${known ? grid : "unknown"}` });
}

async function start() {
  for (let pause = 1000; ; pause = Math.min(pause * 2, 15000)) {
    try {
      await loadWords(base);
      break;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  wireSize();
  aloud = new Aloud();
  const composer = new Composer({ chat, mostBytes: Number(mostBytes), mostSeconds: Number(mostSeconds), outbox });
  const answer = (line) => composer.answer(line);
  const quoted = (ref) => log.text(ref);
  log.use(new Bubbles({ wire, quoted, goTo: (ref) => log.goTo(ref), press, answer, aloud, enlarge, locate: () => composer.askPlace() }));
  wireSheets();
  wireExamples(composer);
  const { lines, more } = await loadHistory();
  $("older").hidden = !more;
  $("welcome").hidden = lines.length > 0;
  log.prepend(lines);
  if (lines.length) log.toEnd();
  // Only what comes from now on is announced, not the whole past.
  $("log").removeAttribute("aria-busy");
  await outbox.open();
  arriveByCode();
  live.listen(arrived);
  if (matchMedia("(pointer: fine)").matches) $("text").focus({ preventScroll: true });
}

start();
