/** A control's name with its symbol in the maths face. */

import type { Control } from "../protocol/catalogue";

export function Label({ control }: { control: Control }) {
  return (
    <>
      {control.label}
      {control.symbol !== "" && (
        <>
          {" "}
          <i class="maths">{control.symbol}</i>
        </>
      )}
    </>
  );
}
