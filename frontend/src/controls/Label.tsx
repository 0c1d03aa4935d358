/** A control's name with its symbol in the maths face. */

import { sentenceHtml } from "../draw/words";
import type { Control } from "../protocol/catalogue";

export function Label({ control }: { control: Control }) {
  return (
    <>
      {control.label}
      {control.symbol !== "" && (
        <>
          {" "}
          <i class="maths" dangerouslySetInnerHTML={{ __html: sentenceHtml(control.symbol) }} />
        </>
      )}
    </>
  );
}
