// The graph: built once for given widths; then only attributes change.
const LABEL_GAP = [14, 20]; // from an input's and the output's circle to its name
const LARGEST = 1.4, TALLEST = 460; // a small network is drawn larger than it is, up to so many times and pixels
const SMALLEST = 24; // pixels of a curve that can be hit: a wide network scrolls on a phone
const STATES = { spline: "learned curve", symbolic: "named", removed: "removed" };

function build(net, data) {
  const graph = net.querySelector(".graph"), [width, , w, h] = data.size;
  graph.replaceChildren();
  const clip = make(make(graph, "defs"), "clipPath", { id: "box" });
  make(clip, "rect", { x: -w / 2, y: -h / 2, width: w, height: h, rx: 5 });
  net.edges = new Map(data.edges.map((edge) => [edge.id, buildEdge(graph, edge, data.nodes, w, h)]));
  for (const { group } of net.edges.values()) graph.append(group); // curves lie above every link
  data.nodes.forEach(([x, y, sign, label], i) => {
    const node = make(graph, "g", { class: "node", "data-node": i, transform: `translate(${x} ${y})`, style: `--place: ${(x / width).toFixed(2)}` });
    make(node, "circle", { r: sign ? 11 : 5 });
    if (sign) make(node, "text", { class: "sign" }, sign);
    if (!label) return;
    const first = x < width / 2, cut = label.length > data.letters ? label.slice(0, data.letters - 1) + "…" : label;
    const text = make(node, "text", { class: "label", x: first ? -LABEL_GAP[0] : LABEL_GAP[1], "text-anchor": first ? "end" : "start" }, cut);
    make(text, "title", {}, label);
  });
  net.layer = null;
  buildTools(net, data);
}

function buildEdge(graph, edge, nodes, w, h) {
  const [x, y] = edge.at, [from, to] = edge.ends.map((i) => nodes[i]);
  const wires = make(graph, "g");
  const links = [[from, [x - w / 2, y]], [[x + w / 2, y], to]].map(([a, b]) => make(wires, "path", { class: "link", d: link(a, b) }));
  const group = make(graph, "g", { transform: `translate(${x} ${y})`, tabindex: -1, role: "button", "data-id": edge.id });
  const rect = (name, out, rx) => make(group, "rect", { class: name, x: -w / 2 - out, y: -h / 2 - out, width: w + 2 * out, height: h + 2 * out, rx });
  rect("halo", 3, 8), rect("frame", 0, 5);
  const inside = make(group, "g", { "clip-path": "url(#box)" });
  const band = make(inside, "path", { class: "band" }), curve = make(inside, "path", { class: "curve" });
  const lock = make(group, "path", { class: "lock", transform: `translate(${w / 2 - 13} ${-h / 2 + 4})`, d: "M0 4h9v6h-9zM2 4v-1.5a2.5 2.5 0 0 1 5 0V4" });
  const name = make(group, "text", { class: "name", y: h / 2 + 12 });
  return { group, wires, links, band, curve, lock, name };
}

function link([x0, y0], [x1, y1]) {
  const middle = (x0 + x1) / 2;
  return `M${x0} ${y0}C${middle} ${y0} ${middle} ${y1} ${x1} ${y1}`;
}

const says = (edge) => `${edge.name ? `named ${edge.name}` : STATES[edge.state]}${edge.unsure ? ", uncertain" : ""}${edge.locked ? ", locked" : ""}`;

function update(net) {
  const { edges, selected, doomed } = net.data;
  for (const edge of edges) {
    const { group, wires, name } = net.edges.get(edge.id);
    const signs = { unsure: edge.unsure, locked: edge.locked, doomed: doomed.includes(edge.id), selected: edge.id === selected };
    const kind = ["edge", edge.state, ...Object.keys(signs).filter((sign) => signs[sign])].join(" ");
    group.setAttribute("class", kind);
    wires.setAttribute("class", kind);
    group.setAttribute("aria-label", `edge ${edge.title}, ${says(edge)}, importance ${(edge.importance / 100).toFixed(2)}`);
    group.setAttribute("aria-pressed", edge.id === selected);
    if (name.textContent !== edge.name) name.textContent = edge.name;
  }
  if (net.layer !== null && selected && !selected.startsWith(`${net.layer}-`)) net.layer = null;
  const used = new Set(edges.filter((edge) => edge.state !== "removed").flatMap((edge) => edge.ends));
  net.querySelectorAll(".node").forEach((node, i) => node.classList.toggle("idle", !used.has(i)));
  zoom(net);
  const stop = edges.find((edge) => edge.id === selected && inView(net, edge)) ?? edges.find((edge) => inView(net, edge));
  if (!net.querySelector(".graph :focus")) rove(net, stop.id);
}

// One stop of the tab key for the whole graph; arrows go on from there.
function rove(net, id) {
  for (const [other, { group }] of net.edges) group.setAttribute("tabindex", other === id ? 0 : -1);
}

const inView = (net, edge) => net.layer === null || edge.id.startsWith(`${net.layer}-`);

// Shows the whole network, or one layer with its nodes at up to twice the size.
function zoom(net) {
  const { size: [width, height, , h], layers, edges } = net.data, all = net.layer === null;
  const [left, right] = all ? [0, width] : layers[net.layer];
  const graph = net.querySelector(".graph"), wide = right - left;
  graph.setAttribute("viewBox", `${left} 0 ${wide} ${height}`);
  const larger = all ? Math.max(1, Math.min(LARGEST, TALLEST / height)) : 2;
  graph.style.maxWidth = `${larger * wide}px`;
  graph.style.minWidth = `${(wide * SMALLEST) / h}px`;
  for (const edge of edges) {
    const { group, wires } = net.edges.get(edge.id), off = !inView(net, edge);
    group.classList.toggle("off", off), wires.classList.toggle("off", off);
  }
  graph.querySelectorAll(".node").forEach((node, i) => node.classList.toggle("off", net.data.nodes[i][0] < left || net.data.nodes[i][0] > right));
  net.querySelectorAll(".layers button").forEach((button, i) => button.setAttribute("aria-pressed", (net.layer ?? -1) === i - 1));
}

function buildTools(net, data) {
  const layers = net.querySelector(".layers");
  layers.hidden = data.layers.length < 2;
  layers.replaceChildren(...["All layers", ...data.layers.map((_, i) => `${i + 1}`)].map((words, i) => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: words, ariaLabel: i ? `Layer ${words} alone` : words });
    button.addEventListener("click", () => ((net.layer = i ? i - 1 : null), update(net)));
    return button;
  }));
}

// A pose is what moves: the heights and the importance of every edge. `band` shows how sure the finished curves are.
function draw(net, pose, band) {
  const { size: [, , w, h], edges } = net.data, box = [-w / 2 + 4, -h / 2 + 4, w - 8, h - 8];
  edges.forEach((edge, k) => {
    const parts = net.edges.get(edge.id), strength = pose.importance[k] / 100;
    parts.curve.setAttribute("d", line(pose.y[k], box));
    parts.band.setAttribute("d", band && edge.half ? ribbon(edge.y, edge.half, box) : "");
    const strong = strength.toFixed(2);
    if (parts.strong === strong) return;
    parts.strong = strong;
    // Not opacity, which would have every path painted on a sheet of its own.
    parts.curve.setAttribute("stroke-opacity", (0.4 + 0.6 * strength).toFixed(2));
    for (const wire of parts.links) wire.setAttribute("stroke-opacity", (0.12 + 0.58 * strength).toFixed(2));
  });
  net.pose = pose;
  net.drawn = (net.drawn ?? 0) + 1;
}

// Dims everything but the edges of one node; without a node nothing is dimmed.
function light(net, node) {
  if (net.lit === node) return;
  net.lit = node;
  net.classList.toggle("lit", node !== undefined);
  for (const edge of net.data.edges) {
    const near = edge.ends.includes(Number(node)), { group, wires } = net.edges.get(edge.id);
    group.classList.toggle("near", near), wires.classList.toggle("near", near);
  }
}

// The picture as a file that needs nothing else: what the style sheet says is written into every element.
const KEPT = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-opacity", "opacity", "display", "font", "text-anchor", "dominant-baseline"];

function save(net) {
  const graph = net.querySelector(".graph"), copy = graph.cloneNode(true), [x, y, width, height] = graph.getAttribute("viewBox").split(" ");
  const originals = graph.querySelectorAll("*");
  copy.querySelectorAll("*").forEach((element, i) => {
    const style = getComputedStyle(originals[i]);
    element.setAttribute("style", KEPT.map((name) => `${name}:${style.getPropertyValue(name)}`).join(";"));
    for (const name of ["class", "tabindex", "role", "aria-label", "aria-pressed", "data-id", "data-node"]) element.removeAttribute(name);
  });
  for (const name of ["class", "style", "role", "aria-label"]) copy.removeAttribute(name);
  for (const [name, value] of Object.entries({ xmlns: SVG, width, height })) copy.setAttribute(name, value);
  const paper = make(copy, "rect", { x, y, width, height, fill: getComputedStyle(net).getPropertyValue("--st-background-color") });
  copy.prepend(paper);
  const file = new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" });
  const anchor = Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: "network.svg" });
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 1000);
}
