// Left and right go to the next layer, up and down within one.
function move(net, id, key) {
  const layerOf = (edge) => Number(edge.id.split("-")[0]), here = net.data.edges.find((edge) => edge.id === id);
  const [along, down] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  const far = (edge) => edge.at[1] - here.at[1];
  const ahead = (edge) => inView(net, edge) && layerOf(edge) === layerOf(here) + along && (along || far(edge) * down > 0);
  const [next] = net.data.edges.filter(ahead).sort((a, b) => Math.abs(far(a)) - Math.abs(far(b)));
  if (next) net.edges.get(next.id).group.focus();
}

// What is chosen comes apart from the picture (choice.js); a picture of work under way has none.
const chosen = ({ live }) => (!live && window.kanvasChoice) || { selected: null, doomed: [] };

function choose(net) {
  Object.assign(net.data, chosen(net.data));
  update(net);
}

// The stage that is chosen in the rail: Python cannot tell by itself which of two clicks came first (Session.pick).
function stageChosen() {
  const words = document.querySelector(".st-key-stage [aria-checked=true]")?.textContent ?? "";
  return words.trim().split(" ").at(-1).toLowerCase(); // without its sign
}

// How high the column is that the network stands in: page.css keeps it in view.
function measure(net) {
  const column = net.getRootNode().host?.closest("[data-testid=stColumn]");
  if (column) new ResizeObserver(() => column.style.setProperty("--kv-height", `${column.offsetHeight}px`)).observe(column);
}

function listen(net) {
  const idOf = (event) => event.target.closest?.("g.edge[data-id]")?.dataset.id;
  const graph = net.querySelector(".graph"), range = net.querySelector(".replay input"), strip = net.querySelector(".loss svg");
  const pick = (id) => {
    closeCard(net); // the panel shows the same, larger
    window.kanvasChoice = { ...chosen(net.data), selected: id }; // seen at once; Python follows
    choose(net);
    rove(net, id);
    net.pick({ edge: id, stage: stageChosen(), time: Date.now() }); // the time makes a second click on one edge a change
  };
  graph.addEventListener("click", (event) => idOf(event) && pick(idOf(event)));
  for (const kind of ["pointerover", "focusin"]) graph.addEventListener(kind, (event) => idOf(event) && openCard(net, idOf(event)));
  for (const kind of ["pointerout", "focusout"]) graph.addEventListener(kind, () => closeCard(net));
  graph.addEventListener("focusin", (event) => idOf(event) && rove(net, idOf(event)));
  graph.addEventListener("pointerover", (event) => light(net, event.target.closest?.(".node")?.dataset.node));
  graph.addEventListener("pointerleave", () => light(net));
  graph.addEventListener("keydown", (event) => {
    const id = idOf(event);
    if (event.key === "Escape") closeCard(net);
    else if (id && (event.key === "Enter" || event.key === " ")) event.preventDefault(), pick(id);
    else if (id && event.key.startsWith("Arrow")) event.preventDefault(), move(net, id, event.key);
  });
  window.addEventListener("kanvas-choice", () => net.isConnected && choose(net));
  net.querySelector(".play").addEventListener("click", () => (net.running ? stop(net) : play(net)));
  net.querySelector(".save").addEventListener("click", () => save(net));
  const scrub = (seen) => (event) => {
    if (net.running) stop(net);
    seen(event);
    if (!net.running) stop(net);
  };
  range.addEventListener("input", scrub((event) => show(net, Number(event.target.value))));
  for (const kind of ["pointerdown", "pointermove"]) strip.addEventListener(kind, (event) => event.buttons && scrub((e) => seek(net, e))(event));
}

export default function ({ parentElement, data, setStateValue }) {
  const start = performance.now(), net = parentElement.querySelector(".net");
  net.pick = (value) => setStateValue("pick", value);
  if (!net.data) listen(net), measure(net);
  const known = net.data?.widths === data.widths && net.data.nodes.toString() === data.nodes.toString();
  // A copy: Streamlit may hand the same object over again.
  net.data = { ...data, ...chosen(data), edges: data.edges.map((e) => ({ ...e, y: unpack(e.y), half: e.half ? unpack(e.half) : null })) };
  net.classList.toggle("dark", isDark(parentElement));
  net.classList.toggle("working", data.working);
  if (!data.live) net.newsAt = undefined;
  if (!known) build(net, data);
  const fresh = takeFilm(net, data), heights = data.edges.map((edge) => edge.y).join(""), moved = heights !== net.heights;
  net.heights = heights;
  if (data.live ? moved : fresh || !net.running) {
    net.at = net.last;
    stop(net);
  }
  update(net);
  if (data.live && known && net.pose && !calm.matches) moved && glide(net);
  else show(net, net.at);
  if (data.autoplay && net.last && net.played !== data.autoplay && !calm.matches) play(net);
  net.played = data.autoplay;
  net.dataset.milliseconds = (performance.now() - start).toFixed(1);
}
