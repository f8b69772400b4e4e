/**
 * The deck: holds the next items, draws the next one in the frame of the key press that completes an answer, and
 * sends answers in the background. A form (forms/) knows its task type and nothing of this.
 */
import { Clock } from "./clock.js";
import { langTag } from "./dom.js";
import { Drafts } from "./drafts.js";
import { Answering } from "./answering.js";
import * as classification from "./forms/classification.js";
import * as clustering from "./forms/clustering.js";
import * as reranking from "./forms/reranking.js";
import * as sts from "./forms/sts.js";

/** One form a task type. @type {Record<string, import("./contract").Form>} */
const FORMS = { sts, classification, clustering, reranking };
