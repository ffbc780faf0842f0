// The model of a build report, as the page names it.
export type {
  BuildReport,
  DiffPart,
  ReportCause,
  ReportCost,
  ReportEdge,
  ReportFamily,
  ReportOutput,
  ReportResult,
  ReportRun,
  ReportTarget,
  ReportTask,
  ReportTaskRun,
} from '@evalmake/core/build-report/model';
