import { render } from "preact";
import { App } from "./app";
import type { Worlds } from "./data";

const root = document.getElementById("lab")!;
const worlds = JSON.parse(document.getElementById("worlds")!.textContent!) as Worlds;
root.replaceChildren();
render(<App worlds={worlds} />, root);
