// The network as inline SVG: built once for given widths, then only attributes change. All text goes through
// textContent, for names of columns come from strangers' files.
const SVG = "http://www.w3.org/2000/svg";
const LEVELS = 500;
const REPLAY_SECONDS = 4;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

function make(parent, tag, attributes = {}, text = "") {
  const made = parent.appendChild(document.createElementNS(SVG, tag));
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text) made.textContent = text;
  return made;
}

function line(y, left, top, width, height) {
  const step = width / (y.length - 1);
  return "M" + y.map((v, i) => `${(left + i * step).toFixed(1)} ${(top + height * (1 - v / LEVELS)).toFixed(1)}`).join("L");
}

function link([x0, y0], [x1, y1]) {
  const middle = (x0 + x1) / 2;
  return `M${x0} ${y0}C${middle} ${y0} ${middle} ${y1} ${x1} ${y1}`;
}

function build(net, data) {
  const [width, height, w, h] = data.size;
  const graph = net.querySelector(".graph");
  graph.replaceChildren();
  graph.setAttribute("viewBox", `0 0 ${width} ${height}`);
  graph.style.maxWidth = `${width}px`;
  graph.style.minWidth = `${(width * 24) / h}px`; // curves stay 24 px high: a wide network scrolls on a phone
  const clip = make(make(graph, "defs"), "clipPath", { id: "box" });
  make(clip, "rect", { x: -w / 2, y: -h / 2, width: w, height: h, rx: 5 });
  net.edges = new Map();
  for (const edge of data.edges) net.edges.set(edge.id, buildEdge(graph, edge, w, h));
  for (const { group } of net.edges.values()) graph.append(group); // curves lie above every link
  for (const [x, y, sign, label] of data.nodes) {
    make(graph, "circle", { class: "node", cx: x, cy: y, r: sign ? 11 : 5 });
    if (sign) make(graph, "text", { class: "sign", x, y }, sign);
    if (!label) continue;
    const first = x < width / 2;
    const short = label.length > data.letters ? label.slice(0, data.letters - 1) + "…" : label;
    const text = make(graph, "text", { class: "label", x: first ? x - 14 : x + 20, y, "text-anchor": first ? "end" : "start" }, short);
    make(text, "title", {}, label);
  }
}

function buildEdge(graph, edge, w, h) {
  const [x, y] = edge.at, [from, to] = edge.ends;
  const wires = make(graph, "g");
  const links = [[from, [x - w / 2, y]], [[x + w / 2, y], to]].map(([a, b]) => make(wires, "path", { class: "link", d: link(a, b) }));
  const group = make(graph, "g", { transform: `translate(${x} ${y})`, tabindex: 0, role: "button", "data-id": edge.id });
  make(group, "rect", { class: "halo", x: -w / 2 - 3, y: -h / 2 - 3, width: w + 6, height: h + 6, rx: 8 });
  make(group, "rect", { class: "frame", x: -w / 2, y: -h / 2, width: w, height: h, rx: 5 });
  const curve = make(make(group, "g", { "clip-path": "url(#box)" }), "path", { class: "curve" });
  const name = make(group, "text", { class: "name", y: h / 2 + 12 });
  return { group, wires, links, curve, name };
}

function update(net, data) {
  for (const edge of data.edges) {
    const { group, wires, name } = net.edges.get(edge.id);
    const kind = `edge ${edge.state}${edge.id === data.selected ? " selected" : ""}`;
    group.setAttribute("class", kind);
    wires.setAttribute("class", kind);
    group.setAttribute("aria-label", edge.says);
    group.setAttribute("aria-pressed", edge.id === data.selected);
    if (name.textContent !== edge.name) name.textContent = edge.name;
  }
}

// Draws the curves at a place between two frames; the last place is the network itself.
function show(net, data, at) {
  const [, , w, h] = data.size;
  const last = { y: data.edges.map((e) => e.y), importance: data.edges.map((e) => e.importance), label: data.frames.at(-1)?.label ?? "" };
  const film = [...data.frames.slice(0, -1), last];
  const i = Math.min(Math.floor(at), film.length - 1), j = Math.min(i + 1, film.length - 1);
  const t = calm.matches ? 0 : at - i;
  const between = (a, b) => a + t * (b - a);
  data.edges.forEach((edge, k) => {
    const { links, curve } = net.edges.get(edge.id);
    curve.setAttribute("d", line(film[i].y[k].map((v, p) => between(v, film[j].y[k][p])), -w / 2 + 4, -h / 2 + 4, w - 8, h - 8));
    const strength = between(film[i].importance[k], film[j].importance[k]) / 100;
    curve.setAttribute("opacity", (0.4 + 0.6 * strength).toFixed(2));
    if (edge.state !== "removed") links.forEach((wire) => wire.setAttribute("opacity", (0.12 + 0.58 * strength).toFixed(2)));
  });
  net.querySelector(".replay input").value = at;
  net.querySelector(".replay output").textContent = film[i].label;
}

function play(net) {
  const button = net.querySelector("button"), last = net.data.frames.length - 1;
  const start = performance.now() - (net.at < last ? (net.at / last) * REPLAY_SECONDS * 1000 : 0);
  const tick = (now) => {
    net.at = Math.min(last, (Math.max(0, now - start) / 1000 / REPLAY_SECONDS) * last);
    show(net, net.data, net.at);
    net.drawn = (net.drawn ?? 0) + 1;
    if (net.at < last) net.running = requestAnimationFrame(tick);
    else stop(net);
  };
  button.textContent = "Pause";
  net.running = requestAnimationFrame(tick);
}

function stop(net) {
  cancelAnimationFrame(net.running);
  net.running = null;
  net.querySelector("button").textContent = "Replay";
}

function openCard(net, id) {
  const edge = net.data.edges.find((e) => e.id === id), card = net.querySelector(".card"), chart = card.querySelector("svg");
  card.querySelector(".title").textContent = edge.title;
  card.querySelector(".says").textContent = edge.says.split(", ").slice(-2).join(", ");
  chart.replaceChildren();
  const [x0, x1, y0, y1] = edge.range, bar = 176 / edge.density.length;
  card.dataset.state = edge.state;
  edge.density.forEach((v, i) => make(chart, "rect", { class: "bar", x: 32 + i * bar, y: 112 - 3 * v, width: bar - 1, height: 3 * v }));
  make(chart, "path", { class: "axis", d: "M32 4V112H208", fill: "none" });
  make(chart, "path", { class: "curve", d: line(edge.y, 32, 8, 176, 100) });
  const text = (x, y, anchor, value) => make(chart, "text", { x, y, "text-anchor": anchor }, String(Number(value.toPrecision(3))));
  text(32, 126, "middle", x0), text(208, 126, "end", x1), text(28, 112, "end", y0), text(28, 12, "end", y1);
  card.hidden = false;
  const box = net.edges.get(id).group.getBoundingClientRect(), home = net.getBoundingClientRect();
  card.style.left = `${Math.max(0, Math.min(home.width - 236, box.x - home.x + box.width / 2 - 118))}px`;
  card.style.top = `${box.bottom - home.y + 14}px`;
}

function move(net, id, key) {
  const [layer] = id.split("-").map(Number), here = net.data.edges.find((e) => e.id === id);
  const hop = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  const near = net.data.edges
    .filter((e) => Number(e.id.split("-")[0]) === layer + hop[0] && (hop[0] || (e.at[1] - here.at[1]) * hop[1] > 0))
    .sort((a, b) => Math.abs(a.at[1] - here.at[1]) - Math.abs(b.at[1] - here.at[1]));
  if (near.length) net.edges.get(near[0].id).group.focus();
}

function listen(net) {
  const idOf = (event) => event.target.closest?.("g.edge[data-id]")?.dataset.id;
  const graph = net.querySelector(".graph"), card = net.querySelector(".card");
  const pick = (id) => {
    card.hidden = true; // the panel shows the same, larger
    net.data.selected = id; // seen at once; Python follows
    update(net, net.data);
    net.pick({ edge: id, time: Date.now() }); // the time makes a second click on one edge a change
  };
  graph.addEventListener("click", (event) => idOf(event) && pick(idOf(event)));
  for (const kind of ["pointerover", "focusin"]) graph.addEventListener(kind, (event) => idOf(event) && openCard(net, idOf(event)));
  for (const kind of ["pointerout", "focusout"]) graph.addEventListener(kind, () => (card.hidden = true));
  graph.addEventListener("keydown", (event) => {
    const id = idOf(event);
    if (event.key === "Escape") card.hidden = true;
    else if (id && (event.key === "Enter" || event.key === " ")) event.preventDefault(), pick(id);
    else if (id && event.key.startsWith("Arrow")) event.preventDefault(), move(net, id, event.key);
  });
  net.querySelector("button").addEventListener("click", () => (net.running ? stop(net) : play(net)));
  net.querySelector("input").addEventListener("input", (event) => {
    stop(net);
    show(net, net.data, (net.at = Number(event.target.value)));
  });
}

export default function ({ parentElement, data, setStateValue }) {
  const start = performance.now(), net = parentElement.querySelector(".net");
  net.pick = (value) => setStateValue("pick", value);
  if (!net.data) listen(net);
  const fresh = JSON.stringify(net.data?.frames) !== JSON.stringify(data.frames);
  if (net.data?.widths !== data.widths || net.data?.nodes.toString() !== data.nodes.toString()) build(net, data);
  net.data = data;
  const last = Math.max(0, data.frames.length - 1), replay = net.querySelector(".replay");
  replay.hidden = last < 1;
  replay.querySelector("input").max = last;
  net.classList.toggle("dark", isDark(parentElement));
  if (fresh || !net.running) {
    stop(net);
    net.at = last;
  }
  update(net, data);
  show(net, data, net.at);
  if (data.autoplay && last > 0 && net.played !== data.autoplay) play(net);
  net.played = data.autoplay;
  net.dataset.milliseconds = (performance.now() - start).toFixed(1);
}

function isDark(root) {
  const [r, g, b] = getComputedStyle(root.host ?? root).getPropertyValue("--st-background-color").match(/\w\w/g)?.map((v) => parseInt(v, 16)) ?? [255, 255, 255];
  return r + g + b < 384;
}
