// The card that enlarges an edge under the pointer or the keyboard's focus, without asking the server.
const PLOT = [34, 8, 174, 98];

function openCard(net, id) {
  const edge = net.data.edges.find((one) => one.id === id), card = net.querySelector(".card"), chart = card.querySelector("svg");
  const [left, top, width, height] = PLOT, [x0, x1, y0, y1] = edge.range, bar = width / edge.density.length;
  card.querySelector(".title").textContent = edge.title;
  card.querySelector(".says").textContent = `${says(edge)} · importance ${(edge.importance / 100).toFixed(2)}`;
  card.querySelector(".costs").textContent = edge.impact === null ? "" : `without it: error + ${short(100 * edge.impact)} % of the spread`;
  card.dataset.state = edge.state;
  chart.replaceChildren();
  [...edge.density].forEach((digit, i) => {
    const tall = 3 * parseInt(digit, 36);
    make(chart, "rect", { class: "bar", x: left + i * bar, y: top + height - tall, width: bar - 1, height: tall });
  });
  make(chart, "path", { class: "axis", d: `M${left} ${top}v${height}h${width}` });
  if (edge.half) make(chart, "path", { class: "band", d: ribbon(edge.y, edge.half, PLOT) });
  make(chart, "path", { class: "curve", d: line(edge.y, PLOT) });
  const text = (x, y, anchor, words) => make(chart, "text", { x, y, "text-anchor": anchor }, words);
  text(left, 120, "middle", short(x0)), text(left + width, 120, "end", short(x1));
  text(left + width / 2, 120, "middle", edge.title.split(" → ")[0].slice(0, net.data.letters));
  text(left - 4, top + height, "end", short(y0)), text(left - 4, top + 6, "end", short(y1));
  card.hidden = false;
  place(card, net.edges.get(id).group.getBoundingClientRect(), net.getBoundingClientRect());
}

function place(card, box, home) {
  const width = card.offsetWidth, below = box.bottom - home.y + 18;
  const fits = box.bottom + card.offsetHeight + 18 < innerHeight || box.top < card.offsetHeight;
  card.style.left = `${Math.max(0, Math.min(home.width - width, box.x - home.x + (box.width - width) / 2))}px`;
  card.style.top = `${fits ? below : box.top - home.y - card.offsetHeight - 6}px`;
}

const closeCard = (net) => (net.querySelector(".card").hidden = true);
