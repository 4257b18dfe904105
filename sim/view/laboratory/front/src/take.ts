// What a reader takes away: the table, the picture and the scenario, as files.
import type { Panel } from "./picture";
import type { Question, Worlds } from "./data";
import { dateOf, iso } from "./data";

const COLUMNS = ["mean", "p05", "p95", "chance_p05", "chance_p95"];

/** What the four panels draw: a row for each day and quantity, both worlds beside one another. */
export function table(worlds: Worlds, panels: Panel[]): string {
  const head = ["date", "quantity", "unit", ...COLUMNS.map((name) => `base_${name}`), ...COLUMNS.map((name) => `other_${name}`), "difference"];
  const rows = panels.flatMap(({ name, course }) =>
    worlds.weeks.map((day, i) => [
      iso(dateOf(worlds, day)), name, course.unit, ...course.base.map((line) => line[i]), ...course.now.map((line) => line[i]),
      `"${course.told[i]![2].replace(/"/g, '""')}"`,
    ]),
  );
  return [head, ...rows].map((row) => row.join(",")).join("\n") + "\n";
}

export function save(name: string, text: string, kind: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: kind }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** The picture as it stands, with its question and source below it. */
export function picture(question: Question, source: string): string {
  const drawn = document.getElementById("picture")!.cloneNode(true) as SVGSVGElement;
  const [width, height] = [drawn.width.baseVal.value, drawn.height.baseVal.value];
  drawn.setAttribute("viewBox", `0 0 ${width} ${height + 44}`);
  drawn.setAttribute("height", String(height + 44));
  drawn.querySelector("rect")!.setAttribute("height", String(height + 44));
  [`${question.asks} Grey: as it was. Colour: now.`, source].forEach((words, i) => {
    const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
    text.setAttribute("y", String(height + 16 + 16 * i));
    text.setAttribute("fill", "#70777f");
    text.textContent = words;
    drawn.append(text);
  });
  return new XMLSerializer().serializeToString(drawn);
}
