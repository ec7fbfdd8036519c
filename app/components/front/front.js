// The laws a search has found, error (logarithmic) against complexity. Points are kept and moved, not drawn anew, while
// the front grows.
const [LEFT, RIGHT, TOP, BOTTOM] = [46, 388, 12, 150];

function scales(points) {
  const x = points.map((p) => p.complexity), y = points.map((p) => Math.log10(Math.max(p.error, 1e-300)));
  const spread = (values, least) => {
    const low = Math.min(...values), high = Math.max(...values), more = Math.max(0, least - (high - low)) / 2 + 0.06 * (high - low);
    return [low - more, high + more];
  };
  const [x0, x1] = spread(x, 4), [y0, y1] = spread(y, 1);
  return {
    x: (v) => LEFT + ((v - x0) / (x1 - x0)) * (RIGHT - LEFT),
    y: (v) => BOTTOM - ((Math.log10(Math.max(v, 1e-300)) - y0) / (y1 - y0)) * (BOTTOM - TOP),
    decades: [Math.ceil(y0), Math.floor(y1)],
  };
}

function axes(svg, points, at) {
  svg.querySelector(".back")?.remove();
  const back = svg.insertBefore(document.createElementNS(SVG, "g"), svg.firstChild);
  back.setAttribute("class", "back");
  make(back, "path", { class: "axis", d: `M${LEFT} ${TOP}V${BOTTOM}H${RIGHT}` });
  make(back, "text", { x: (LEFT + RIGHT) / 2, y: 176, "text-anchor": "middle" }, "complexity");
  make(back, "text", { x: LEFT - 6, y: TOP - 2, "text-anchor": "end" }, "error");
  for (const value of new Set(points.map((p) => p.complexity))) make(back, "text", { x: at.x(value), y: 164, "text-anchor": "middle" }, String(value));
  const [low, high] = at.decades, every = Math.max(1, Math.ceil((high - low) / 4));
  for (let k = low; k <= high; k += every) make(back, "text", { x: LEFT - 6, y: at.y(10 ** k) + 4, "text-anchor": "end" }, `1e${k}`);
  const path = points.map((p, i) => `${i ? `H${at.x(p.complexity)}V` : `M${at.x(p.complexity)} `}${at.y(p.error)}`).join("");
  make(back, "path", { class: "steps", d: path });
}

function dot(front, svg, text) {
  const group = make(svg, "g", { class: "law", tabindex: 0, role: "button" });
  make(group, "circle", { class: "touch", r: 13 });
  make(group, "circle", { class: "ring", r: 9 });
  make(group, "circle", { class: "dot", r: 5.5 });
  const pick = () => front.pick({ law: text, time: Date.now() }); // the time makes a second click a change
  group.addEventListener("click", pick);
  group.addEventListener("keydown", (event) => (event.key === "Enter" || event.key === " ") && (event.preventDefault(), pick()));
  for (const kind of ["pointerenter", "focus"]) group.addEventListener(kind, () => (front.querySelector(".says").textContent = text));
  for (const kind of ["pointerleave", "blur"]) group.addEventListener(kind, () => (front.querySelector(".says").textContent = ""));
  return group;
}

export default function ({ parentElement, data, setStateValue }) {
  const front = parentElement.querySelector(".front"), svg = front.querySelector("svg"), at = scales(data.points);
  front.pick = (value) => setStateValue("pick", value);
  front.laws ??= new Map();
  front.classList.toggle("dark", isDark(parentElement));
  axes(svg, data.points, at);
  for (const [text, group] of front.laws) if (!data.points.some((p) => p.text === text)) group.remove(), front.laws.delete(text);
  for (const { text, complexity, error } of data.points) {
    if (!front.laws.has(text)) front.laws.set(text, dot(front, svg, text));
    const group = front.laws.get(text);
    group.style.transform = `translate(${at.x(complexity)}px, ${at.y(error)}px)`;
    group.setAttribute("class", text === data.chosen ? "law chosen" : "law");
    group.setAttribute("aria-pressed", text === data.chosen);
    group.setAttribute("aria-label", `complexity ${complexity}, error ${error.toPrecision(2)}: ${text}`);
  }
}
