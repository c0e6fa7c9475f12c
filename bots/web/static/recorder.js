// A voice message: hold the button while speaking, or tap to begin and tap to end; then listen, send or discard.

import { lengthOf } from "./clock.js";
import { $, tell } from "./dom.js";
import { say } from "./words.js";

const HOLD = 350; // milliseconds after which a press is "held", and letting go ends the recording
const SHORTEST = 0.7; // seconds: less is a slip of the finger
const TYPES = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];

export class Recorder {
  /** `send(blob, name, seconds)`; `panel(which)` shows "text", "recording" or "preview". */
  constructor({ mostSeconds, send, panel }) {
    Object.assign(this, { mostSeconds, send, panel, recorder: null, take: null });
    this.possible = Boolean(window.MediaRecorder && navigator.mediaDevices?.getUserMedia);
    if (!this.possible) return;
    const mic = $("mic");
    mic.addEventListener("pointerdown", (event) => event.button === 0 && this.down(event));
    // The keyboard's click has no pointer before it.
    mic.addEventListener("click", (event) => event.detail === 0 && this.begin());
    mic.addEventListener("contextmenu", (event) => event.preventDefault());
    $("speak")?.addEventListener("click", () => this.begin());
    $("rec-stop").addEventListener("click", () => this.end(true));
    $("rec-cancel").addEventListener("click", () => this.end(false));
    $("pre-cancel").addEventListener("click", () => this.discard());
    $("pre-send").addEventListener("click", () => this.sendTake());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.recorder) this.end(false);
    });
  }

  down(event) {
    event.preventDefault();
    const since = Date.now();
    const up = () => {
      removeEventListener("pointerup", up);
      removeEventListener("pointercancel", up);
      if (Date.now() - since > HOLD) this.letGo();
    };
    addEventListener("pointerup", up);
    addEventListener("pointercancel", up);
    this.held = true;
    this.begin();
  }

  letGo() {
    this.held = false;
    if (this.recorder) this.end(true);
  }

  async begin() {
    if (this.recorder || this.asking) return;
    this.asking = true;
    tell($("problem"), "");
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
      this.record(stream);
    } catch (error) {
      tell($("problem"), say(error.name === "NotFoundError" ? "voice.no_microphone" : "voice.not_allowed"));
    } finally {
      this.asking = false;
    }
  }

  record(stream) {
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    const recorder = new MediaRecorder(stream, { ...(mimeType && { mimeType }), audioBitsPerSecond: 32000 });
    const chunks = [];
    recorder.addEventListener("dataavailable", (event) => event.data.size && chunks.push(event.data));
    recorder.addEventListener("stop", () => {
      for (const track of stream.getTracks()) track.stop();
      this.stopped(new Blob(chunks, { type: recorder.mimeType }));
    });
    recorder.start(1000);
    this.recorder = recorder;
    this.since = performance.now();
    tell($("rec-hint"), say("voice.hint"));
    this.tick();
    this.timer = setInterval(() => this.tick(), 250);
    this.panel("recording");
    $("rec-stop").focus();
  }

  get seconds() {
    return (performance.now() - this.since) / 1000;
  }

  tick() {
    $("rec-time").textContent = lengthOf(this.seconds);
    if (this.seconds >= this.mostSeconds) this.end(true);
  }

  end(keep) {
    if (!this.recorder) return;
    clearInterval(this.timer);
    this.wanted = keep;
    this.length = this.seconds;
    const recorder = this.recorder;
    this.recorder = null;
    recorder.stop();
  }

  stopped(blob) {
    if (!this.wanted) return this.panel("text");
    if (this.length < SHORTEST || !blob.size) {
      this.panel("text");
      return tell($("problem"), say("voice.too_short"));
    }
    this.take = { blob, address: URL.createObjectURL(blob), seconds: this.length };
    $("pre-audio").src = this.take.address;
    this.panel("preview");
    return $("pre-send").focus();
  }

  discard() {
    $("pre-audio").pause();
    $("pre-audio").removeAttribute("src");
    if (this.take) URL.revokeObjectURL(this.take.address);
    this.take = null;
    this.panel("text");
  }

  sendTake() {
    if (!this.take) return;
    const { blob, seconds } = this.take;
    const extension = blob.type.includes("mp4") ? "m4a" : blob.type.includes("ogg") ? "ogg" : "webm";
    this.discard();
    this.send(blob, `voice.${extension}`, seconds);
  }
}
