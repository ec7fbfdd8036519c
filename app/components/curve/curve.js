// One edge, large: data below, candidates thin, the learned curve thick, the chosen candidate dashed.
const [LEFT, RIGHT, TOP, BOTTOM] = [52, 412, 8, 250], BARS = 48; // pixels of the tallest bar of the density

// Three to six round numbers within [low, high].
function ticks(low, high) {
  const rough = (high - low) / 4, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((m) => m * power >= rough);
  const found = [];
  for (let k = Math.ceil(low / step); k * step <= high + 1e-9 * step; k++) found.push(Number((k * step).toPrecision(12)));
  return found;
}

// A smooth path through points that are close enough for any curve between them.
function smooth(points) {
  const at = (i) => points[Math.max(0, Math.min(points.length - 1, i))];
  const bend = (i) => [0, 1].map((k) => at(i)[k] + (at(i + 1)[k] - at(i - 1)[k]) / 6);
  const back = (i) => [0, 1].map((k) => at(i)[k] - (at(i + 1)[k] - at(i - 1)[k]) / 6);
  const write = (p) => p.map((v) => v.toFixed(1)).join(" ");
  return points.map((p, i) => (i ? `C${write(bend(i - 1))} ${write(back(i))} ${write(p)}` : `M${write(p)}`)).join("");
}

function legend(large, data) {
  const names = [["learned", "learned"], data.half && ["band", "95 % band"], data.rows && ["row", "rows"], data.chosen && ["chosen", data.chosen.name]];
  large.querySelector(".legend").replaceChildren(
    ...names.filter(Boolean).map(([kind, words]) => {
      const item = document.createElement("span"), sign = make(item, "svg", { viewBox: "0 0 22 10", "aria-hidden": true });
      if (kind === "row") make(sign, "circle", { class: kind, cx: 11, cy: 5, r: 3 });
      else if (kind === "band") make(sign, "rect", { class: kind, width: 22, height: 10 });
      else make(sign, "path", { class: kind, d: "M0 5H22" });
      item.append(words);
      return item;
    }),
  );
}

function axes(svg, data, x, y) {
  for (const v of ticks(...data.range)) {
    make(svg, "path", { class: "grid", d: `M${LEFT} ${y(v)}H${RIGHT}` });
    make(svg, "text", { x: LEFT - 6, y: y(v) + 4, "text-anchor": "end" }, short(v));
  }
  for (const v of ticks(...data.x)) {
    make(svg, "path", { class: "grid", d: `M${x(v)} ${TOP}V${BOTTOM}` });
    make(svg, "text", { x: x(v), y: BOTTOM + 16, "text-anchor": "middle" }, short(v));
  }
  const cut = (text) => (text.length > 30 ? text.slice(0, 29) + "…" : text), middle = (TOP + BOTTOM) / 2;
  make(svg, "text", { x: (LEFT + RIGHT) / 2, y: BOTTOM + 34, "text-anchor": "middle" }, cut(data.source));
  make(svg, "text", { transform: `translate(10 ${middle}) rotate(-90)`, "text-anchor": "middle" }, cut(`part of ${data.target}`));
}

function draw(large, data) {
  const svg = large.querySelector(":scope > svg"), [low, high] = data.x, [bottom, top] = data.range;
  const x = (v) => LEFT + ((v - low) / (high - low || 1)) * (RIGHT - LEFT), y = (v) => BOTTOM - ((v - bottom) / (top - bottom)) * (BOTTOM - TOP);
  const path = (values) => values.map((v, i) => [LEFT + (i / (values.length - 1)) * (RIGHT - LEFT), y(v)]); // from end to end
  svg.replaceChildren();
  svg.setAttribute("aria-label", `The curve of edge ${data.title}`);
  axes(svg, data, x, y);
  make(make(make(svg, "defs"), "clipPath", { id: "plot" }), "rect", { x: LEFT, y: TOP, width: RIGHT - LEFT, height: BOTTOM - TOP });
  const plot = make(svg, "g", { "clip-path": "url(#plot)" }), wide = (RIGHT - LEFT) / data.density.length;
  data.density.forEach((v, i) => make(plot, "rect", { class: "bar", x: LEFT + i * wide, y: BOTTOM - 0.1 * v * BARS, width: wide, height: 0.1 * v * BARS }));
  if (data.half) {
    const edge = (sign) => path(data.y.map((v, i) => v + sign * data.half[i])).map((p) => p.map((v) => v.toFixed(1)).join(" "));
    make(plot, "path", { class: "band", d: `M${[...edge(1), ...edge(-1).reverse()].join("L")}Z` });
  }
  data.rows?.[0].forEach((v, i) => make(plot, "circle", { class: "row", cx: x(v).toFixed(1), cy: y(data.rows[1][i]).toFixed(1), r: 2 }));
  for (const one of data.others) make(plot, "path", { class: "other", d: smooth(path(one)) });
  make(plot, "path", { class: "learned", d: smooth(path(data.y)) });
  if (data.chosen) make(plot, "path", { class: "chosen", d: smooth(path(data.chosen.y)) });
  make(plot, "path", { class: "cursor" });
}

// The values under the pointer, between the places where they are known.
function read(large, event) {
  const { data } = large, box = large.querySelector(":scope > svg").getBoundingClientRect();
  const place = (((event.clientX - box.x) / box.width) * 420 - LEFT) / (RIGHT - LEFT), t = Math.min(1, Math.max(0, place));
  const value = (y) => {
    const at = t * (y.length - 1), i = Math.min(y.length - 2, Math.floor(at));
    return short(y[i] + (at - i) * (y[i + 1] - y[i]));
  };
  const told = [`${data.source} = ${short(data.x[0] + t * (data.x[1] - data.x[0]))}`, `learned ${value(data.y)}`];
  if (data.chosen) told.push(`${data.chosen.name} ${value(data.chosen.y)}`);
  large.querySelector(".says").textContent = told.join(" · ");
  large.querySelector(".cursor").setAttribute("d", `M${LEFT + t * (RIGHT - LEFT)} ${TOP}V${BOTTOM}`);
}

export default function ({ parentElement, data }) {
  const large = parentElement.querySelector(".large"), svg = large.querySelector(":scope > svg");
  if (!large.data) {
    svg.addEventListener("pointermove", (event) => read(large, event));
    svg.addEventListener("pointerleave", () => ((large.querySelector(".says").textContent = ""), large.querySelector(".cursor").removeAttribute("d")));
  }
  large.classList.toggle("dark", isDark(parentElement));
  const text = JSON.stringify(data);
  if (text === large.text) return;
  large.text = text;
  large.data = data;
  legend(large, data);
  draw(large, data);
}
