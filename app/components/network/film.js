// The replay of a fit, and the glide from one live picture to the next. `net.at` is a place on the film, in frames.
const REPLAY_SECONDS = 4, GLIDE = [250, 2500]; // milliseconds from one live picture to the next, at least and at most
const STRIP = [400, 72]; // the loss chart's view box

function takeFilm(net, data) {
  const text = JSON.stringify([data.frames, data.losses]);
  if (text === net.filmText) return false;
  net.filmText = text;
  net.film = null; // unpacked when first seen
  const replay = net.querySelector(".replay"), last = data.frames.length - 1;
  net.last = Math.max(0, last);
  replay.querySelector(".controls").hidden = last < 1;
  replay.hidden = last < 1 && data.losses.length < 2;
  replay.querySelector("input").max = net.last;
  drawLosses(net, data.losses);
  return true;
}

// The frames, of which the last is the network itself.
function film(net) {
  const { frames, edges } = net.data;
  net.film ??= frames.slice(0, -1).map(({ y, importance }) => {
    const heights = unpack(y), n = edges[0].y.length;
    return { y: edges.map((_, k) => heights.slice(k * n, (k + 1) * n)), importance };
  });
  return [...net.film, finished(net)];
}

const finished = ({ data: { edges } }) => ({ y: edges.map((e) => e.y), importance: edges.map((e) => e.importance) });

function between(a, b, t) {
  return { y: a.y.map((y, k) => mix(y, b.y[k], t)), importance: mix(a.importance, b.importance, t) };
}

function show(net, at) {
  const poses = film(net), i = Math.min(Math.floor(at), net.last), t = calm.matches ? 0 : at - i;
  net.at = at;
  draw(net, t ? between(poses[i], poses[i + 1], t) : poses[i], i === net.last);
  net.querySelector(".replay input").value = at;
  if (net.last) net.querySelector(".replay output").textContent = net.data.frames[i].label;
  moveCursor(net);
}

function play(net) {
  let before = performance.now();
  if (net.at >= net.last) net.at = 0;
  const speed = net.querySelector(".speed");
  const tick = (now) => {
    const pace = (Number(speed.value) * net.last) / (1000 * REPLAY_SECONDS);
    show(net, Math.min(net.last, net.at + pace * Math.max(0, now - before)));
    before = now;
    if (net.at < net.last) net.running = requestAnimationFrame(tick);
    else stop(net);
  };
  net.querySelector(".play").textContent = "Pause";
  net.running = requestAnimationFrame(tick);
}

function stop(net) {
  cancelAnimationFrame(net.running);
  net.running = null;
  net.querySelector(".play").textContent = net.at < net.last ? "Play" : "Replay";
}

// From what is seen now to the newest picture of a search, for as long as that one was waited for: so pictures that come
// five times a second, or every other second, look like one motion, a picture behind the search.
function glide(net) {
  const from = net.pose, to = finished(net), start = performance.now();
  const long = Math.min(GLIDE[1], Math.max(GLIDE[0], start - (net.newsAt ?? start)));
  net.newsAt = start;
  const tick = (now) => {
    const t = Math.min(1, Math.max(0, now - start) / long);
    draw(net, between(from, to, t), false);
    net.running = t < 1 ? requestAnimationFrame(tick) : null;
  };
  net.running = requestAnimationFrame(tick);
}

function drawLosses(net, losses) {
  const chart = net.querySelector(".loss"), svg = chart.querySelector("svg");
  chart.hidden = losses.length < 2;
  if (chart.hidden) return;
  const all = losses.flatMap(([, ...errors]) => errors.filter((v) => v > 0)).map(Math.log10);
  const low = Math.min(...all), high = Math.max(...all, low + 0.1), first = losses[0][0], last = losses.at(-1)[0];
  net.toX = (step) => (STRIP[0] * (step - first)) / Math.max(1, last - first);
  net.toStep = (share) => first + share * (last - first);
  const y = (v) => 3 + (STRIP[1] - 6) * (1 - (Math.log10(Math.max(v, 1e-300)) - low) / (high - low));
  svg.replaceChildren();
  for (const [i, name] of [[2, "validation"], [1, "train"]]) {
    const known = losses.filter((row) => row[i] > 0).map((row) => `${net.toX(row[0]).toFixed(1)} ${y(row[i]).toFixed(1)}`);
    if (known.length > 1) make(svg, "path", { class: name, d: "M" + known.join("L") });
    chart.querySelector(`.${name}-key`).hidden = known.length < 2;
  }
  make(svg, "path", { class: "cursor" });
  chart.querySelector(".most").textContent = short(10 ** high);
  chart.querySelector(".least").textContent = short(10 ** low);
  chart.querySelector(".steps").textContent = `step ${first} to ${last}, error on a logarithmic scale`;
}

// The cursor stands at the step of the film; between two frames it moves evenly.
function moveCursor(net) {
  const { frames, losses } = net.data, cursor = net.querySelector(".cursor");
  if (losses.length < 2 || frames.length < 2 || frames[0].step === null) return;
  const i = Math.min(Math.floor(net.at), net.last), next = frames[Math.min(i + 1, net.last)].step;
  const x = net.toX(frames[i].step + (net.at - i) * (next - frames[i].step)).toFixed(1);
  cursor.setAttribute("d", `M${x} 0V${STRIP[1]}`);
}

// Where on the film a place on the loss chart lies.
function seek(net, event) {
  const box = net.querySelector(".loss svg").getBoundingClientRect(), { frames } = net.data;
  if (frames.length < 2 || frames[0].step === null) return;
  const step = net.toStep(Math.min(1, Math.max(0, (event.clientX - box.x) / box.width)));
  const after = frames.findIndex((frame) => frame.step > step);
  if (after < 0) return show(net, net.last);
  if (after === 0) return show(net, 0);
  const [a, b] = [frames[after - 1].step, frames[after].step];
  show(net, after - 1 + (step - a) / (b - a));
}
