// A workbook from tables: the least that spreadsheet programs open, stored without compression.
export type Cell = string | number | undefined;

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const OFFICE = "http://schemas.openxmlformats.org";
const TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml";

// eslint-disable-next-line no-control-regex -- XML has no words for these
const escape = (text: string): string => text.replace(/[\0-\x08\x0b\x0c\x0e-\x1f]/g, "").replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

const cell = (value: Cell): string =>
  typeof value === "number" ? `<c><v>${value}</v></c>` : `<c t="inlineStr"><is><t xml:space="preserve">${escape(value ?? "")}</t></is></c>`;

const sheet = (rows: Cell[][]): string =>
  `${HEAD}<worksheet xmlns="${OFFICE}/spreadsheetml/2006/main"><sheetData>${rows.map((row) => `<row>${row.map(cell).join("")}</row>`).join("")}</sheetData></worksheet>`;

/** Sheets by their names, of 31 letters at most, as the bytes of a workbook. */
export function workbook(sheets: Record<string, Cell[][]>): Uint8Array {
  const names = Object.keys(sheets);
  const relation = `${OFFICE}/officeDocument/2006/relationships`;
  const links = (rows: string[]) => `${HEAD}<Relationships xmlns="${OFFICE}/package/2006/relationships">${rows.join("")}</Relationships>`;
  const files: [string, string][] = [
    [
      "[Content_Types].xml",
      `${HEAD}<Types xmlns="${OFFICE}/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
        `<Override PartName="/xl/workbook.xml" ContentType="${TYPES}.sheet.main+xml"/>` +
        names.map((_, i) => `<Override PartName="/xl/worksheets/sheet${i + 1}.xml" ContentType="${TYPES}.worksheet+xml"/>`).join("") + "</Types>",
    ],
    ["_rels/.rels", links([`<Relationship Id="rId1" Type="${relation}/officeDocument" Target="xl/workbook.xml"/>`])],
    [
      "xl/workbook.xml",
      `${HEAD}<workbook xmlns="${OFFICE}/spreadsheetml/2006/main" xmlns:r="${relation}"><sheets>` +
        names.map((name, i) => `<sheet name="${escape(name)}" sheetId="${i + 1}" r:id="rId${i + 1}"/>`).join("") + "</sheets></workbook>",
    ],
    ["xl/_rels/workbook.xml.rels", links(names.map((_, i) => `<Relationship Id="rId${i + 1}" Type="${relation}/worksheet" Target="worksheets/sheet${i + 1}.xml"/>`))],
    ...names.map((name, i): [string, string] => [`xl/worksheets/sheet${i + 1}.xml`, sheet(sheets[name]!)]),
  ];
  return zip(files);
}

function checksum(bytes: Uint8Array): number {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (0xedb88320 & -(sum & 1));
  }
  return ~sum >>> 0;
}

/** Files in an archive; all of them bear the same date, so that the same tables give the same bytes. */
function zip(files: [string, string][]): Uint8Array {
  const encoder = new TextEncoder();
  const parts: Uint8Array[] = [];
  const list: Uint8Array[] = [];
  let at = 0;
  for (const [name, text] of files) {
    const [title, bytes] = [encoder.encode(name), encoder.encode(text)];
    // version 2.0, UTF-8 names, stored, 1 January 1980
    const about = [20, 0x0800, 0, 0, 0x21, checksum(bytes), bytes.length, bytes.length, title.length, 0];
    const sizes = [2, 2, 2, 2, 2, 4, 4, 4, 2, 2];
    const local = record([[4, 0x04034b50], ...about.map((value, i): [number, number] => [sizes[i]!, value])]);
    list.push(record([[4, 0x02014b50], [2, 20], ...about.map((value, i): [number, number] => [sizes[i]!, value]), [2, 0], [2, 0], [2, 0], [4, 0], [4, at]]), title);
    parts.push(local, title, bytes);
    at += local.length + title.length + bytes.length;
  }
  const size = list.reduce((sum, part) => sum + part.length, 0);
  const end = record([[4, 0x06054b50], [2, 0], [2, 0], [2, files.length], [2, files.length], [4, size], [4, at], [2, 0]]);
  const all = [...parts, ...list, end];
  const bytes = new Uint8Array(all.reduce((sum, part) => sum + part.length, 0));
  let place = 0;
  for (const part of all) {
    bytes.set(part, place);
    place += part.length;
  }
  return bytes;
}

/** Numbers in little-endian order, each with its number of bytes. */
const record = (fields: [number, number][]): Uint8Array => new Uint8Array(fields.flatMap(([size, value]) => Array.from({ length: size }, (_, i) => (value >>> (8 * i)) & 255)));
