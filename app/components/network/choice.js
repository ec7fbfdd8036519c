// Leaves what is chosen where the diagram finds it (main.js): there is one diagram on a page.
export default function ({ data }) {
  window.kanvasChoice = data;
  window.dispatchEvent(new Event("kanvas-choice"));
}
