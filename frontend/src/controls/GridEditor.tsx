/**
 * A grid of numbers by row (layers, the output on top, as in the heatmaps) and inference step: a click or a drag paints, arrow
 * keys move, a typed number fills the cell. Every stroke is sent as it goes, as a slider's drag is.
 */

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { CIVIDIS, colourAt } from "../draw/colours";
import { logRange } from "../draw/ranges";
import { clampLog10, growDecades, stepTicks } from "../draw/scale";
import type { ControlState } from "../store/controls";
import { formatNumberValue, parseTyped } from "../store/controlValue";
import {
  type CellPlace,
  cellsBetween,
  type GridRows,
  gridText,
  painted,
  readGrid,
  withColumns,
  withRows,
} from "../store/gridText";
import { fieldId, type Setter } from "./widget";

const LEVELS = [0, 0.01, 0.1, 0.3, 1];
const MOVES: Readonly<Record<string, readonly [up: number, right: number]>> = {
  ArrowUp: [1, 0],
  ArrowDown: [-1, 0],
  ArrowRight: [0, 1],
  ArrowLeft: [0, -1],
};
const RANGE = logRange("layer_precision");

export function GridEditor({ state, set }: { state: ControlState; set: Setter }) {
  const { control, shown, pending } = state;
  const level = useSignal(0.1);
  /** Columns on screen: those at the end that only repeat are in no text, but there to be painted. */
  const kept = useSignal(1);
  const focus = useSignal<CellPlace>({ row: 0, column: 0 });
  const draft = useSignal("");
  const pointed = useSignal<CellPlace | null>(null);
  const stroke = useRef<CellPlace | null>(null);
  const table = useRef<HTMLTableElement>(null);

  const present = () => readGrid(String(shown.value), kept.value);
  const rows = present();
  const columns = rows[0]?.length ?? 1;
  const [mostRows = rows.length, mostColumns = columns] = control.shape;
  const at = { row: Math.min(focus.value.row, rows.length - 1), column: Math.min(focus.value.column, columns - 1) };
  const top = growDecades(RANGE.high, Math.max(...rows.flat()), RANGE.ceiling);

  const send = (next: GridRows) => {
    kept.value = next[0]?.length ?? 1;
    const text = gridText(next);
    if (text !== shown.value) set(text);
  };
  const paint = (from: CellPlace, to: CellPlace) => send(painted(present(), cellsBetween(from, to), level.value));
  const commit = () => {
    const number = parseTyped(draft.value);
    draft.value = "";
    if (typeof number === "number") send(painted(present(), [at], number));
  };
  const move = (place: CellPlace) => {
    focus.value = place;
    table.current?.querySelector<HTMLElement>(`[data-cell="${place.row},${place.column}"]`)?.focus();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = MOVES[event.key];
    if (step !== undefined) {
      if (draft.value !== "") commit();
      const row = Math.min(Math.max(at.row + step[0], 0), rows.length - 1);
      move({ row, column: Math.min(Math.max(at.column + step[1], 0), columns - 1) });
    } else if (event.key === "Home" || event.key === "End") {
      move({ ...at, column: event.key === "Home" ? 0 : columns - 1 });
    } else if (/^[\d.,e-]$/.test(event.key) && (draft.value !== "" || /[\d.]/.test(event.key))) {
      draft.value += event.key;
    } else if (draft.value !== "" && event.key === "Backspace") {
      draft.value = draft.value.slice(0, -1);
    } else if (draft.value !== "" && event.key === "Escape") {
      draft.value = "";
    } else if (draft.value !== "" && event.key === "Enter") {
      commit();
    } else return;
    event.preventDefault();
  };

  // A finger scrolls and taps; a mouse or a pen draws.
  const onPointerDown = (event: PointerEvent) => {
    const place = placeUnder(event);
    if (place === null || event.button !== 0 || event.pointerType === "touch") return;
    stroke.current = place;
    focus.value = place;
    paint(place, place);
  };
  const onPointerMove = (event: PointerEvent) => {
    const place = placeUnder(event);
    pointed.value = place;
    if ((event.buttons & 1) === 0) stroke.current = null;
    if (stroke.current === null || place === null) return;
    paint(stroke.current, place);
    stroke.current = place;
  };

  const colour = (value: number) =>
    value === 0 ? "var(--zero)" : colourAt(CIVIDIS, (clampLog10(value, RANGE.low) - RANGE.low) / (top - RANGE.low));
  const says = ({ row, column }: CellPlace) =>
    `row ${row + 1} of ${rows.length}, t ${column === columns - 1 ? "≥" : "="} ${column}`;
  const read = pointed.value ?? at;
  const number = (value: number) => formatNumberValue(value, false);
  const ticks = new Set(stepTicks(columns - 1).values);

  return (
    <fieldset id={fieldId(control)} class="grid-editor" aria-label={control.label} data-pending={pending.value}>
      <div class="grid-brush">
        <span class="segments" role="radiogroup" aria-label="Level to paint">
          {LEVELS.map((each) => (
            <label key={each}>
              <input
                type="radio"
                name={`${fieldId(control)}-level`}
                value={each}
                checked={level.value === each}
                onChange={() => {
                  level.value = each;
                }}
              />
              <span style={{ "--level": colour(each) }}>{each}</span>
            </label>
          ))}
        </span>
        <input
          class="number-box"
          type="text"
          inputMode="decimal"
          autocomplete="off"
          aria-label="Another level to paint"
          size={4}
          value={number(level.value)}
          onChange={(event) => {
            const typed = parseTyped(event.currentTarget.value);
            if (typeof typed === "number") level.value = typed;
            event.currentTarget.value = number(level.value);
          }}
          onFocus={(event) => event.currentTarget.select()}
        />
      </div>
      <div class="grid-scroll">
        <table
          ref={table}
          style={{ "--columns": columns }}
          onPointerDown={onPointerDown}
          onPointerMove={onPointerMove}
          onPointerLeave={() => {
            pointed.value = null;
          }}
          onKeyDown={onKeyDown}
          onFocusOut={() => {
            if (draft.value !== "") commit();
          }}
        >
          <tbody>
            {rows
              .map((row, index) => (
                <tr key={index}>
                  <th scope="row">
                    <span class="unseen">row {index + 1}</span>
                    <span aria-hidden="true">
                      {index === rows.length - 1 ? <i class="maths">L</i> : index === 0 ? "1" : ""}
                    </span>
                  </th>
                  {row.map((value, column) => (
                    <td key={column}>
                      <button
                        type="button"
                        data-cell={`${index},${column}`}
                        tabIndex={index === at.row && column === at.column ? 0 : -1}
                        aria-label={`${says({ row: index, column })}: ${number(value)}`}
                        style={{ "--level": colour(value) }}
                        onFocus={() => {
                          focus.value = { row: index, column };
                        }}
                        onClick={() => paint({ row: index, column }, { row: index, column })}
                      />
                    </td>
                  ))}
                </tr>
              ))
              .reverse()}
          </tbody>
          <tfoot aria-hidden="true">
            <tr>
              <td />
              {rows[0]?.map((_, column) => (
                <td key={column}>{ticks.has(column) && <span>{column}</span>}</td>
              ))}
            </tr>
          </tfoot>
        </table>
      </div>
      <div class="grid-reading">
        <span>{says(read)}</span>
        <b>{draft.value !== "" && read === at ? draft.value : number(rows[read.row]?.[read.column] ?? 0)}</b>
      </div>
      <div class="grid-size">
        <Count name="rows" value={rows.length} most={mostRows} change={(count) => send(withRows(rows, count))} />
        <Count name="steps" value={columns} most={mostColumns} change={(count) => send(withColumns(rows, count))} />
      </div>
    </fieldset>
  );
}

/** A number of rows or columns with a button for one fewer and one more. */
function Count(props: { name: string; value: number; most: number; change: (value: number) => void }) {
  const { name, value, most, change } = props;
  return (
    <span class="grid-count">
      <span>
        {value} {name}
      </span>
      <button
        type="button"
        class="button small"
        aria-label={`fewer ${name}`}
        disabled={value <= 1}
        onClick={() => change(value - 1)}
      >
        −
      </button>
      <button
        type="button"
        class="button small"
        aria-label={`more ${name}`}
        disabled={value >= most}
        onClick={() => change(value + 1)}
      >
        +
      </button>
    </span>
  );
}

/** The cell under a pointer; a pen keeps the element that it came down on, so its place is asked for. */
function placeUnder(event: PointerEvent): CellPlace | null {
  const under = document.elementFromPoint(event.clientX, event.clientY);
  const cell = under?.closest("td, button")?.querySelector<HTMLElement>("[data-cell]") ?? under;
  const place = cell instanceof HTMLElement ? cell.dataset.cell : undefined;
  if (place === undefined) return null;
  const [row = 0, column = 0] = place.split(",").map(Number);
  return { row, column };
}
