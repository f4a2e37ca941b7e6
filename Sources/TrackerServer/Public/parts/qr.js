// A text as a QR code (ISO/IEC 18004): bytes, error correction of level L, the smallest version that has room, as SVG.

import { h, svg } from "../lib/h.js";

// For versions 1 to 40: codewords for error correction in a block, and how many blocks there are.
const checks = [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28,
  28, 28, 30, 30, 26, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30];
const blocks = [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8,
  8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25];
const masks = [
  (x, y) => (x + y) % 2, (x, y) => y % 2, (x) => x % 3, (x, y) => (x + y) % 3, (x, y) => ((x / 3 | 0) + (y / 2 | 0)) % 2,
  (x, y) => ((x * y) % 2) + ((x * y) % 3), (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2, (x, y) => ((x + y) % 2 + ((x * y) % 3)) % 2,
];

// An element that shows it, or null for a text that is too long.
export function qrCode(text, words) {
  const rows = qrModules(text);
  if (!rows) return null;
  const size = rows.length + 8;
  const path = rows.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x + 4} ${y + 4}h1v1h-1z` : ""))).join("");
  return h(
    "div.qr",
    svg("svg", { viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": words, "shape-rendering": "crispEdges" },
      svg("rect", { width: size, height: size, fill: "#fff" }), svg("path", { d: path, fill: "#000" })));
}

// Its rows of dark and light modules.
export function qrModules(text) {
  const bytes = new TextEncoder().encode(text);
  const version = 1 + checks.findIndex((_, index) => bytes.length <= room(index + 1));
  if (!version) return null;
  const words = codewords(bytes, version);
  const drawn = masks.map((_, mask) => draw(words, version, mask));
  return drawn.reduce((best, one) => (penalty(one) < penalty(best) ? one : best));
}

// Codewords of a version, of data and of checks.
function total(version) {
  const alignments = version > 1 ? Math.floor(version / 7) + 2 : 0;
  const modules = (16 * version + 128) * version + 64
    - (alignments ? (25 * alignments - 10) * alignments - 55 : 0) - (version >= 7 ? 36 : 0);
  return modules >> 3;
}

const dataCount = (version) => total(version) - checks[version - 1] * blocks[version - 1];
const lengthBits = (version) => (version < 10 ? 8 : 16);
const room = (version) => Math.floor((8 * dataCount(version) - 4 - lengthBits(version)) / 8);

// The data with its checks, in the order in which it is drawn.
function codewords(bytes, version) {
  const bits = [];
  const put = (value, count) => {
    while (count--) bits.push((value >> count) & 1);
  };
  put(0b0100, 4);
  put(bytes.length, lengthBits(version));
  bytes.forEach((byte) => put(byte, 8));
  const capacity = 8 * dataCount(version);
  put(0, Math.min(4, capacity - bits.length));
  put(0, (8 - (bits.length % 8)) % 8);
  for (let filler = 0xec; bits.length < capacity; filler ^= 0xec ^ 0x11) put(filler, 8);
  const data = [];
  for (let place = 0; place < capacity; place += 8) data.push(parseInt(bits.slice(place, place + 8).join(""), 2));

  const [count, checkCount] = [blocks[version - 1], checks[version - 1]];
  const shortLength = Math.floor(data.length / count);
  const parts = [];
  for (let index = 0, place = 0; index < count; index++) {
    const length = shortLength + (index < count - (data.length % count) ? 0 : 1);
    parts.push(data.slice(place, (place += length)));
  }
  const divisor = generator(checkCount);
  const checked = parts.map((part) => remainder(part, divisor));
  const inTurns = (lists) => Array.from({ length: Math.max(...lists.map((list) => list.length)) }, (_, index) =>
    lists.filter((list) => index < list.length).map((list) => list[index])).flat();
  return [...inTurns(parts), ...inTurns(checked)];
}

// Reed and Solomon's code over GF(256), modulo x^8 + x^4 + x^3 + x^2 + 1.
function times(one, other) {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) product = (product << 1) ^ ((product >> 7) * 0x11d) ^ (((other >> bit) & 1) * one);
  return product;
}

function generator(degree) {
  const factors = [...Array(degree - 1).fill(0), 1];
  for (let step = 0, root = 1; step < degree; step++, root = times(root, 2)) {
    for (let index = 0; index < degree; index++) {
      factors[index] = times(factors[index], root) ^ (factors[index + 1] ?? 0);
    }
  }
  return factors;
}

function remainder(data, divisor) {
  const rest = divisor.map(() => 0);
  for (const word of data) {
    const factor = word ^ rest.shift();
    rest.push(0);
    divisor.forEach((value, index) => (rest[index] ^= times(value, factor)));
  }
  return rest;
}

function draw(words, version, mask) {
  const size = version * 4 + 17;
  const rows = Array.from({ length: size }, () => Array(size).fill(false));
  const isFixed = Array.from({ length: size }, () => Array(size).fill(false));
  const fix = (x, y, isDark) => {
    if (x < 0 || y < 0 || x >= size || y >= size) return;
    rows[y][x] = Boolean(isDark);
    isFixed[y][x] = true;
  };
  const square = (x, y, radius, rings) => {
    for (let dy = -radius; dy <= radius; dy++) {
      for (let dx = -radius; dx <= radius; dx++) fix(x + dx, y + dy, rings.includes(Math.max(Math.abs(dx), Math.abs(dy))));
    }
  };

  for (let place = 0; place < size; place++) {
    fix(6, place, place % 2 === 0);
    fix(place, 6, place % 2 === 0);
  }
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]]) square(x, y, 4, [0, 1, 3]);
  const places = alignments(version, size);
  const last = places.length - 1;
  places.forEach((y, row) => places.forEach((x, column) => {
    // Where the big squares are, there are no small ones.
    if ((row || column) && (row || column !== last) && (row !== last || column)) square(x, y, 2, [0, 2]);
  }));
  drawFormat(fix, size, mask);
  drawVersion(fix, size, version);

  let bit = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step++) {
      const y = (right + 1) & 2 ? step : size - 1 - step;
      for (const x of [right, right - 1]) {
        if (isFixed[y][x]) continue;
        const isDark = bit < words.length * 8 && (words[bit >> 3] >> (7 - (bit & 7))) & 1;
        rows[y][x] = Boolean(isDark) !== (masks[mask](x, y) === 0);
        bit++;
      }
    }
  }
  return rows;
}

function alignments(version, size) {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const step = version === 32 ? 26 : Math.ceil((size - 13) / (2 * count - 2)) * 2;
  return [6, ...Array.from({ length: count - 1 }, (_, index) => size - 7 - step * (count - 2 - index))];
}

// Level and mask, with their checks, twice.
function drawFormat(fix, size, mask) {
  const data = (0b01 << 3) | mask;
  let rest = data;
  for (let step = 0; step < 10; step++) rest = (rest << 1) ^ ((rest >> 9) * 0x537);
  const bits = ((data << 10) | rest) ^ 0x5412;
  for (let index = 0; index < 15; index++) {
    const isDark = (bits >> index) & 1;
    if (index < 8) fix(8, index < 6 ? index : index + 1, isDark);
    else fix(index === 8 ? 7 : 14 - index, 8, isDark);
    if (index < 8) fix(size - 1 - index, 8, isDark);
    else fix(8, size - 15 + index, isDark);
  }
  fix(8, size - 8, true);
}

function drawVersion(fix, size, version) {
  if (version < 7) return;
  let rest = version;
  for (let step = 0; step < 12; step++) rest = (rest << 1) ^ ((rest >> 11) * 0x1f25);
  const bits = (version << 12) | rest;
  for (let index = 0; index < 18; index++) {
    const [near, far] = [Math.floor(index / 3), size - 11 + (index % 3)];
    fix(far, near, (bits >> index) & 1);
    fix(near, far, (bits >> index) & 1);
  }
}

// How hard it is to read: long runs, and squares of one colour.
function penalty(rows) {
  let sum = 0;
  const line = (at) => {
    for (let place = 0, run = 0; place < rows.length; place++) {
      run = place && at(place) === at(place - 1) ? run + 1 : 1;
      if (run >= 5) sum += run === 5 ? 3 : 1;
    }
  };
  rows.forEach((row, index) => {
    line((place) => row[place]);
    line((place) => rows[place][index]);
    for (let x = 1; index && x < row.length; x++) {
      if (new Set([row[x], row[x - 1], rows[index - 1][x], rows[index - 1][x - 1]]).size === 1) sum += 3;
    }
  });
  return sum;
}
