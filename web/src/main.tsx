/** Starts the page. */

import { render } from "preact";

import "./styles/tokens.css";
import "./styles/controls.css";
import "./styles/shell.css";
import "./styles/events.css";
import "./styles/sinks.css";
import "./styles/ventilator.css";
import "./styles/lockers.css";
import "./styles/slots.css";
import "./styles/studio.css";
import "./styles/studio_table.css";

import { PageContext } from "./parts/context";
import { Shell } from "./parts/shell";
import { browserPlace } from "./places";
import { browserSession } from "./session";

const session = browserSession();
const page = { session, place: browserPlace() };
void session.open();

render(
  <PageContext.Provider value={page}>
    <Shell />
  </PageContext.Provider>,
  document.getElementById("page")!,
);
