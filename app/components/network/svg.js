// These files are one script, put together in the order named in __init__.py; only main.js exports.
// All text goes through textContent, for names of columns come from strangers' files.
const SVG = "http://www.w3.org/2000/svg";
const LEVELS = 1000, BELOW = 1024; // heights as payload.py packs them
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-";
const VALUE = Object.fromEntries([...DIGITS].map((digit, i) => [digit, i]));
const calm = matchMedia("(prefers-reduced-motion: reduce)");

function make(parent, tag, attributes = {}, text = "") {
  const made = parent.appendChild(document.createElementNS(SVG, tag));
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text) made.textContent = text;
  return made;
}

// Two digits of 64 a height.
function unpack(text) {
  return Array.from({ length: text.length / 2 }, (_, i) => 64 * VALUE[text[2 * i]] + VALUE[text[2 * i + 1]] - BELOW);
}

const mix = (a, b, t) => a.map((v, i) => v + t * (b[i] - v));
const short = (value) => String(Number(value.toPrecision(3)));

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

function isDark(root) {
  const colour = getComputedStyle(root.host ?? root).getPropertyValue("--st-background-color");
  const [r, g, b] = colour.match(/\w\w/g)?.map((v) => parseInt(v, 16)) ?? [255, 255, 255];
  return r + g + b < 384;
}
