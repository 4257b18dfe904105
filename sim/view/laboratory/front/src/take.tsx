// What a reader takes away: picture, tables and scenario as files, the answer page, and the link.
import { useState } from "preact/hooks";
import type { Panel } from "./picture";
import type { Question, Worlds } from "./data";
import { dateOf, iso } from "./data";
import { told } from "./words";

type Cell = string | number | undefined;
const COLUMNS = ["mean", "p05", "p95"];

/** What the curves draw: a row for each day and quantity, both worlds beside one another. */
export function rowsOf(worlds: Worlds, panels: Panel[]): Cell[][] {
  const head = ["date", "quantity", "unit", ...COLUMNS.map((name) => `base_${name}`), ...COLUMNS.map((name) => `other_${name}`), "difference"];
  const rows = panels.flatMap(({ name, course }) =>
    worlds.weeks.map((day, i): Cell[] => [
      iso(dateOf(worlds, day)), name, course.unit, ...course.base.map((line) => line[i]), ...course.now.map((line) => line[i]), told(course, i)[2],
    ]),
  );
  return [head, ...rows];
}

const csv = (rows: Cell[][]): string =>
  rows.map((row) => row.map((cell) => (/[",\n]/.test(String(cell ?? "")) ? `"${String(cell).replace(/"/g, '""')}"` : (cell ?? ""))).join(",")).join("\n") + "\n";

function save(name: string, data: BlobPart, kind: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([data], { type: kind }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** The picture as it stands, with its question and source below it; the words of events that move nothing are drawn as they are. */
function picture(worlds: Worlds, question: Question, source: string): SVGSVGElement {
  const drawn = document.getElementById("picture")!.cloneNode(true) as SVGSVGElement;
  const [width, height] = [drawn.width.baseVal.value, drawn.height.baseVal.value];
  drawn.setAttribute("viewBox", `0 0 ${width} ${height + 44}`);
  drawn.setAttribute("height", String(height + 44));
  drawn.querySelector("rect")!.setAttribute("height", String(height + 44));
  [`${question.asks} Grey: as it was. Colour: now.`, source].forEach((words, i) => {
    const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
    text.setAttribute("y", String(height + 16 + 16 * i));
    text.setAttribute("fill", worlds.grey[0]);
    text.textContent = words;
    drawn.append(text);
  });
  return drawn;
}

const textOf = (drawn: SVGSVGElement): string => new XMLSerializer().serializeToString(drawn);

/** The picture as an image, twice as fine as a screen. */
async function painted(drawn: SVGSVGElement): Promise<Blob | null> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(textOf(drawn))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = 2 * Number(drawn.getAttribute("width"));
  canvas.height = 2 * Number(drawn.getAttribute("height"));
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

/** What can be taken; `id` is that by which the server knows the world, empty where none does. */
export function Take({ worlds, question, panels, id, isOwn }: { worlds: Worlds; question: Question; panels: Panel[]; id: string; isOwn: boolean }) {
  const [trouble, say] = useState("");
  const source = `lawshock ${worlds.version}, ${worlds.command}; a laboratory for “what if”, not a forecast`;
  const name = isOwn ? "my-world" : question.name;
  const paint = async () => {
    const image = await painted(picture(worlds, question, source)).catch(() => null);
    if (image) save(`${name}.png`, image, "image/png");
    else say("This browser does not paint the picture; take the SVG.");
  };
  const file = question.file;
  return (
    <section class="take" aria-labelledby="take">
      <h2 id="take">Take away</h2>
      <p>
        <button type="button" onClick={() => void paint()}>Picture (PNG)</button>
        <button type="button" onClick={() => save(`${name}.svg`, textOf(picture(worlds, question, source)), "image/svg+xml")}>Picture (SVG)</button>
        <button type="button" onClick={() => save(`${name}.csv`, csv(rowsOf(worlds, panels)), "text/csv")}>Table (CSV)</button>
        {file && <button type="button" onClick={() => save(`${name}.toml`, file, "text/plain")}>Scenario (TOML)</button>}
        {id && <a href={`api/take/${encodeURIComponent(id)}/answer.html`} download={`${name}.html`}>Answer page (HTML)</a>}
        {id && <a href={`api/take/${encodeURIComponent(id)}/tables.xlsx`} download={`${name}-tables.xlsx`}>All tables (XLSX)</a>}
        {id && !file && <a href={`api/take/${encodeURIComponent(id)}/scenario.toml`} download={`${name}.toml`}>Scenario (TOML)</a>}
      </p>
      {trouble && <p role="status">{trouble}</p>}
      <p class="note">
        The scenario runs anywhere lawshock is installed: <code>lawshock compare {worlds.base} {name}.toml</code>. The link to what you see is under <em>Share</em>.
      </p>
    </section>
  );
}
