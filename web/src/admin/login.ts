/** The login page: its language, and where to go afterwards. */

import { byId } from "../page/dom";
import { beginSpeaking } from "./words";

const asked = new URLSearchParams(location.search);
beginSpeaking(() => undefined);
byId("login-refused").hidden = !asked.has("refused");
byId<HTMLInputElement>("next").value = asked.get("next") ?? "/";
