// Instants as the district's clock and calendar show them: a promise of the house reads the same wherever it is read.

import { lang, say } from "./words.js";

const formats = new Map();
const timeZone = document.body.dataset.zone;
const DAY = 86400000;

function format(instant, options) {
  const key = JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(lang, { hourCycle: "h23", timeZone, ...options }));
  return formats.get(key).format(instant);
}

export const timeOf = (instant) => format(instant, { hour: "2-digit", minute: "2-digit" });

export const dayKey = (instant) => format(instant, { year: "numeric", month: "2-digit", day: "2-digit" });

export function dayOf(instant, now = new Date()) {
  if (dayKey(instant) === dayKey(now)) return say("day.today");
  if (dayKey(instant) === dayKey(new Date(now - DAY))) return say("day.yesterday");
  const year = { year: "numeric" };
  const same = format(instant, year) === format(now, year);
  return format(instant, { ...(same ? {} : year), month: "long", day: "numeric", weekday: "short" });
}

/** Until when, and how long that is: [words, whether it is past]. */
export function dueOf(instant, now = new Date()) {
  const at = format(instant, { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" });
  const minutes = Math.floor((instant - now) / 60000);
  if (minutes < 0) return [say("due.late", { at }), true];
  if (minutes < 60) return [say("due.minutes", { at, n: minutes }), false];
  if (minutes < 48 * 60) return [say("due.hours", { at, n: Math.floor(minutes / 60) }), false];
  return [say("due.days", { at, n: Math.floor(minutes / 1440) }), false];
}

export function lengthOf(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
