// Times, days and durations as people read them: in the organization's zone, by the browser's locale.

let zone = "UTC";
let formats = {};

export function setZone(name) {
  zone = name;
  formats = {};
}

export const zoneName = () => zone;

// The viewer's own.
const ownZone = new Intl.DateTimeFormat().resolvedOptions().timeZone;

// True when the viewer's clock shows another time than the organization's.
export function zonesDiffer(now = new Date()) {
  const of = (timeZone) => format("short", { dateStyle: "short", timeStyle: "short" }, timeZone).format(now);
  return of(zone) !== of(ownZone);
}

function format(name, options, timeZone = zone) {
  const key = name + timeZone;
  formats[key] ??= new Intl.DateTimeFormat(undefined, { timeZone, ...options });
  return formats[key];
}

// 08:05
export const time = (instant) => format("time", { hour: "2-digit", minute: "2-digit" }).format(new Date(instant));

// 08:05:12
export const exactTime = (instant) => format("exact", { timeStyle: "medium" }).format(new Date(instant));

// 2 Mar, 08:05
export const shortMoment = (instant) =>
  format("shortMoment", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(new Date(instant));

// 2 Mar 2026, 08:05:12
export const moment = (instant) => format("moment", { dateStyle: "medium", timeStyle: "medium" }).format(new Date(instant));

// The same on the viewer's own clock.
export const ownMoment = (instant) =>
  format("own", { dateStyle: "medium", timeStyle: "long" }, ownZone).format(new Date(instant));

// The time alone where it is of today.
export const recently = (instant) => (dayOf(instant) === today() ? exactTime(instant) : moment(instant));

// " (here 19:05:12)", or with the day where that is another one; nothing where the viewer's clock shows the same.
export function here(instant, isExact = true) {
  const at = new Date(instant);
  if (!zonesDiffer(at)) return "";
  const dayIn = (timeZone) => format("date", { dateStyle: "short" }, timeZone).format(at);
  const day = dayIn(zone) === dayIn(ownZone) ? {} : { day: "numeric", month: "short" };
  const clock = { hour: "numeric", minute: "2-digit", second: isExact ? "2-digit" : undefined };
  return ` (here ${format(`here${Object.keys(day)}${isExact}`, { ...day, ...clock }, ownZone).format(at)})`;
}

// A day such as 2026-03-02 belongs to no zone.
const asDate = (day) => new Date(day + "T12:00:00Z");
export const day = (day) =>
  format("day", { weekday: "short", day: "numeric", month: "short", year: "numeric" }, "UTC").format(asDate(day));

// 2 Mar 2026
export const date = (day) => format("days", { dateStyle: "medium" }, "UTC").format(asDate(day));

// 2 – 8 Mar 2026
export const days = (from, to) =>
  from === to ? day(from) : format("days", { dateStyle: "medium" }, "UTC").formatRange(asDate(from), asDate(to));

// March 2026
export const month = (day) => format("month", { month: "long", year: "numeric" }, "UTC").format(asDate(day));

export const number = (value) => new Intl.NumberFormat().format(value);

// 7:05:12
export function duration(seconds) {
  const total = Math.abs(Math.trunc(seconds));
  const two = (value) => String(value).padStart(2, "0");
  const text = `${Math.trunc(total / 3600)}:${two(Math.trunc(total / 60) % 60)}:${two(total % 60)}`;
  return seconds < 0 ? "\u2212" + text : text;
}

// +0:30:00
export const signed = (seconds) => (seconds > 0 ? "+" : "") + duration(seconds);

export function size(bytes) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  return new Intl.NumberFormat(undefined, { style: "unit", unit: units[step], maximumFractionDigits: 1 })
    .format(bytes / 1000 ** step);
}

// The day that an instant lies in, as 2026-03-02.
export function dayOf(instant) {
  formats.day ??= new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" });
  return formats.day.format(new Date(instant)).replaceAll("/", "-");
}

// The first instant of a day in the organization's zone, and that of the next, in milliseconds. Days have 23 to 25 hours.
export const daySpan = (day) => [day, addDays(day, 1)].map((each) => Date.parse(instantOf(each)));

// What the zone's clocks show at an instant, as 08:05, whatever the browser's locale.
export function clockOf(instant) {
  formats.clock ??= new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return formats.clock.format(new Date(instant));
}

// The instant at which the zone's clocks show that day and time. Where they show it twice, the first or the `last`; where they
// leave it out, the moment at which they jump over it.
export function instantOf(day, clock = "00:00", last = false) {
  const wanted = Date.parse(`${day}T${clock}:00Z`);
  // No zone is a day away from UTC, so one of these holds on either side of a change.
  const aheads = [-1, 1].map((side) => ahead(wanted + side * 86_400_000));
  const found = aheads.map((by) => wanted - by).filter((at) => at + ahead(at) === wanted);
  if (found.length) return new Date(last ? Math.max(...found) : Math.min(...found)).toISOString();
  let [before, after] = [wanted - Math.max(...aheads), wanted - Math.min(...aheads)];
  while (after - before > 1000) {
    const middle = Math.floor((before + after) / 2000) * 1000;
    if (middle + ahead(middle) < wanted) before = middle;
    else after = middle;
  }
  return new Date(after).toISOString();
}

// By how many milliseconds the zone's clocks are ahead of UTC at an instant of whole seconds.
function ahead(instant) {
  formats.wall ??= new Intl.DateTimeFormat("en-US", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric",
    second: "numeric",
  });
  const part = Object.fromEntries(formats.wall.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second) - instant;
}

export const today = () => dayOf(Date.now());

export function addDays(day, count) {
  const date = asDate(day);
  date.setUTCDate(date.getUTCDate() + count);
  return date.toISOString().slice(0, 10);
}

// How many days there are from one to the other, both counted.
export const daysBetween = (from, to) => Math.round((asDate(to) - asDate(from)) / 86_400_000) + 1;
