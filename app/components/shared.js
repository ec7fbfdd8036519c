// What all drawings share; it stands before each component's own script, for Streamlit takes a single text.
// All text goes through textContent, for names of columns come from strangers' files.
const SVG = "http://www.w3.org/2000/svg";
const short = (value) => String(Number(value.toPrecision(3)));

function make(parent, tag, attributes = {}, text = "") {
  const made = parent.appendChild(document.createElementNS(SVG, tag));
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text) made.textContent = text;
  return made;
}

function isDark(root) {
  const colour = getComputedStyle(root.host ?? root).getPropertyValue("--st-background-color");
  const [r, g, b] = colour.match(/\w\w/g)?.map((v) => parseInt(v, 16)) ?? [255, 255, 255];
  return r + g + b < 384;
}

