// The link to what is seen, and the same as a code that a telephone reads.
import { encode } from "uqr";

/** Letters that a code can hold so that a telephone still reads it from a wall. */
const MOST = 1200;

export function Code({ text }: { text: string }) {
  const { data, size } = encode(text, { ecc: "L", border: 2 });
  const path = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : []))).join("");
  return (
    <svg class="code" viewBox={`0 0 ${size} ${size}`} role="img" aria-label="The same link as a QR code">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

export function Share() {
  const { href, protocol } = location;
  const isOpen = protocol.startsWith("http");
  return (
    <div class="link">
      <label>
        Link to what you see, copied where the browser allows it
        <input type="text" readOnly value={href} onFocus={(event) => event.currentTarget.select()} />
      </label>
      {!isOpen && <p class="note">This page is a file on this machine: send the file along, and the part of the link after # opens the same in it.</p>}
      {isOpen && (href.length <= MOST ? <Code text={href} /> : <p class="note">The link holds too much for a code that a telephone can read.</p>)}
    </div>
  );
}
