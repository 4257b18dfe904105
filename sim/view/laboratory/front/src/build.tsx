// A world of one's own: acts are added, changed and left out; on the axis of the stage they are moved and stretched.
import type { Entry, Fields, Form, Request, Schema, Value, Worlds } from "./data";
import { dateOf, dayInWords, dayOf, iso } from "./data";
import { FormField } from "./fields";
import { taken } from "./live";
import { added, begun, changed, inShort, moved, removed, restored, type Standing, standing } from "./request";
import { isNothing, NOTHING } from "./state";

/** Kinds that are offered by a button of their own, in words. */
const OFTEN: [string, string][] = [
  ["force-stance", "A company's stance"], ["order-block", "A block"], ["outage", "An outage"], ["change-terms", "New terms"],
  ["court-ruling", "A ruling"], ["mandate-interoperability", "Messages across apps"],
];

interface Props {
  worlds: Worlds;
  schema: Schema;
  request: Request;
  /** The calendar as the server told it last. */
  told: Entry[] | null;
  week: number;
  /** The act whose form is open. */
  edited: string;
  edit: (id: string) => void;
  onRequest: (request: Request, group: string) => void;
  onTrouble: (words: string) => void;
}

export function Build({ worlds, schema, request, told, week, edited, edit, onRequest, onTrouble }: Props) {
  const acts = standing(schema, request);
  const own = acts.filter((act) => act.isChanged && !act.isGone);
  const shown = acts.find((act) => act.id === edited && !act.isGone);
  // on the last day, on which the scrubber opens, an act would change nothing
  const isLast = week === worlds.weeks.length - 1;
  const today = dateOf(worlds, worlds.weeks[isLast ? Math.floor(week / 4) : week]!);
  const words = (act: Standing): string => inShort(schema, told, act);
  const set = (id: string, fields: Record<string, Value | undefined>, group: string) => onRequest(changed(schema, request, id, fields), `${id}.${group}`);
  const drop = (act: Standing) => {
    if (edited === act.id) edit("");
    onRequest(removed(schema, request, act.id), "");
  };
  const add = (form: Form) => {
    const [next, id] = added(schema, request, form, iso(today));
    onRequest(next, "");
    edit(id);
  };
  return (
    <section class="build" aria-labelledby="build">
      <h2 id="build">Build your own world</h2>
      <p class="note">
        Add an act on {dayInWords(today)}{isLast ? " (move along the axis to add it on another day)" : ", the day that is shown"}, or change what is in the
        calendar. On the axis above, drag an act to another day, or its end to another length; by keyboard, the arrow keys move it, Enter opens it, Delete removes it.
      </p>
      <p class="add">
        {OFTEN.flatMap(([kind, label]) => {
          const form = schema.acts?.find((one) => one.kind === kind);
          return form ? [<button key={kind} type="button" title={form.words} onClick={() => add(form)}>+ {label}</button>] : [];
        })}
        <select
          aria-label="Add another act" value=""
          onChange={(event) => {
            const form = schema.acts?.find(({ kind }) => kind === event.currentTarget.value);
            event.currentTarget.value = "";
            if (form) add(form);
          }}
        >
          <option value="">+ Another act …</option>
          {schema.acts?.map(({ kind, words: meaning }) => <option key={kind} value={kind}>{kind.replaceAll("-", " ")}: {meaning}</option>)}
        </select>
        <label class="file">
          Open a scenario file{" "}
          <input
            type="file" accept=".toml"
            onChange={async ({ currentTarget }) => {
              const [file] = currentTarget.files ?? [];
              if (!file) return;
              const found = await taken(file);
              currentTarget.value = "";
              if (typeof found === "string") onTrouble(found);
              else onRequest(found, "");
            }}
          />
        </label>
        {!isNothing(request) && <button type="button" onClick={() => onRequest(NOTHING, "")}>Begin again from the world as it was</button>}
      </p>
      {own.length === 0 && request.without.length === 0 && Object.keys(request.set).length === 0 && <p>Nothing is changed yet.</p>}
      {shown && (
        <Editor
          key={shown.id} {...{ worlds, schema, act: shown }} title={words(shown)} onFields={(fields, group) => set(shown.id, fields, group)}
          onDrop={() => drop(shown)} onRestore={() => onRequest(restored(request, shown.id), "")} onClose={() => edit("")}
        />
      )}
      {Object.keys(request.set).length > 0 && (
        <p>
          Set otherwise than in the world as it was:{" "}
          {Object.entries(request.set).map(([path, value]) => (
            <button
              key={path} type="button"
              onClick={() => onRequest({ ...request, set: Object.fromEntries(Object.entries(request.set).filter(([key]) => key !== path)) }, "")}
            >
              {path} = {String(value)} ×
            </button>
          ))}
        </p>
      )}
      <details>
        <summary>The whole calendar: {acts.filter((act) => !act.isGone).length} acts</summary>
        <ul class="calendar">
          {acts.map((act) => (
            <li key={act.id} class={act.isGone ? "gone" : undefined}>
              <span class="when">{typeof act.fields["date"] === "string" ? dayInWords(new Date(act.fields["date"])) : "when something happens"}</span> {words(act)}
              {act.isChanged && !act.isGone && <em> ({act.isBase ? "changed" : "added"})</em>}{" "}
              {act.isGone ? (
                <button type="button" onClick={() => onRequest(restored(request, act.id), "")} aria-label={`Put back: ${words(act)}`}>Put back</button>
              ) : (
                <>
                  <button type="button" onClick={() => edit(act.id)} aria-label={`Edit: ${words(act)}`}>Edit</button>{" "}
                  <button type="button" onClick={() => drop(act)} aria-label={`Remove: ${words(act)}`}>Remove</button>
                </>
              )}
            </li>
          ))}
        </ul>
      </details>
    </section>
  );
}

interface EditorProps {
  worlds: Worlds;
  schema: Schema;
  act: Standing;
  title: string;
  onFields: (fields: Record<string, Value | undefined>, group: string) => void;
  onDrop: () => void;
  onRestore: () => void;
  onClose: () => void;
}

function Editor({ worlds, schema, act, title, onFields, onDrop, onRestore, onClose }: EditorProps) {
  const form = schema.acts?.find(({ kind }) => kind === act.kind);
  const days: [string, string] = [worlds.start, iso(dateOf(worlds, worlds.weeks.at(-1)!))];
  const when = act.fields["when"] as Fields | undefined;
  const condition = when && schema.conditions?.find(({ kind }) => kind === when["kind"]);
  const wait = (kind: string) => {
    const chosen = schema.conditions?.find((one) => one.kind === kind);
    if (!chosen) return onFields({ when: undefined, date: days[0] }, "when");
    const needed = chosen.fields.filter((field) => field.required).map((field) => [field.name, begun(field, days[0])]);
    onFields({ when: { kind, ...Object.fromEntries(needed) }, date: undefined, until: undefined }, "when");
  };
  const fields = form?.fields.filter(({ name }) => name !== "date") ?? [];
  const isFirst = (name: string, required: boolean): boolean => required || (name in act.fields && name !== "by" && name !== "note") || name === "for_days" || name === "days";
  const row = (field: (typeof fields)[number]) => (
    <FormField
      key={field.name} field={field} value={act.fields[field.name]} days={days}
      onValue={(value) => {
        const other = field.name === "for_days" ? { until: undefined } : field.name === "until" ? { for_days: undefined } : {};
        onFields({ [field.name]: value, ...(value === undefined ? {} : other) }, field.name);
      }}
    />
  );
  return (
    <section class="editor" aria-label={`Edit: ${title}`}>
      <h3>{title}</h3>
      <p class="note">{form?.words}</p>
      <p class="field">
        <span class="label">when</span>{" "}
        <select aria-label="When it happens" value={when ? String(when["kind"]) : ""} onChange={(event) => wait(event.currentTarget.value)}>
          <option value="">on a date</option>
          {schema.conditions?.map(({ kind, words }) => <option key={kind} value={kind}>once {kind.replaceAll("-", " ")}: {words}</option>)}
        </select>
      </p>
      {!when && <FormField field={{ name: "date", type: "date", required: true, meaning: "" }} value={act.fields["date"]} days={days} onValue={(date) => onFields(moved(worlds, act.fields, dayOf(worlds, String(date))), "date")} />}
      {when && condition?.fields.map((field) => (
        <FormField
          key={field.name} field={field} value={when[field.name]} days={days}
          onValue={(value) => {
            const next: Fields = { ...when };
            if (value === undefined) delete next[field.name];
            else next[field.name] = value;
            onFields({ when: next }, `when.${field.name}`);
          }}
        />
      ))}
      {fields.filter(({ name, required }) => isFirst(name, required)).map(row)}
      <details>
        <summary>More about it</summary>
        {fields.filter(({ name, required }) => !isFirst(name, required)).map(row)}
      </details>
      <p>
        <button type="button" onClick={onClose}>Done</button>{" "}
        {act.isBase && act.isChanged && <button type="button" onClick={onRestore}>As it was</button>}{" "}
        <button type="button" onClick={onDrop}>Remove</button>
      </p>
    </section>
  );
}
