// These files are one script, put together in the order named in __init__.py; only main.js exports.
// All text goes through textContent, for names of columns come from strangers' files.
const LEVELS = 1000, BELOW = 1024; // heights as payload.py packs them
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-";
const VALUE = Object.fromEntries([...DIGITS].map((digit, i) => [digit, i]));
const calm = matchMedia("(prefers-reduced-motion: reduce)");

// Two digits of 64 a height.
function unpack(text) {
  return Array.from({ length: text.length / 2 }, (_, i) => 64 * VALUE[text[2 * i]] + VALUE[text[2 * i + 1]] - BELOW);
}

const mix = (a, b, t) => a.map((v, i) => v + t * (b[i] - v));

function points(y, [left, top, width, height]) {
  const step = width / (y.length - 1);
  return y.map((v, i) => `${(left + i * step).toFixed(1)} ${(top + height * (1 - v / LEVELS)).toFixed(1)}`);
}

const line = (y, box) => "M" + points(y, box).join("L");

// The area within `half` of a curve.
function ribbon(y, half, box) {
  const upper = points(y.map((v, i) => v + half[i]), box), lower = points(y.map((v, i) => v - half[i]), box);
  return "M" + [...upper, ...lower.reverse()].join("L") + "Z";
}
