package graph

// stylesheet holds the colours, for light and for dark. It uses no variables, which some viewers do not know, and
// reaches nothing else on a page that holds the picture. Every text has a contrast of at least 4.5 to 1 with its ground.
const stylesheet = `.penstock{color-scheme:light dark;max-width:100%;height:auto}
.penstock text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:#1f2328}
.penstock .title{font-size:20px;font-weight:600}
.penstock .stage{font-size:14px;font-weight:600}
.penstock .name{font-size:13px;font-weight:600}
.penstock .normal{font-size:12px}
.penstock .small{font-size:11px}
.penstock .number{font-size:10px;text-anchor:middle}
.penstock .dim,.penstock .number{fill:#59636e}
.penstock .sets{fill:#6639ba}
.penstock .page{fill:#ffffff}
.penstock .panel{fill:#f6f8fa;stroke:#d1d9e0}
.penstock .band{fill:#e6eaef}
.penstock .box{fill:#ffffff;stroke:#afb8c1}
.penstock .order{fill:#ffffff;stroke:#818b98}
.penstock .rail{fill:none;stroke:#818b98;stroke-width:1.5}
.penstock .railhead{fill:#818b98}
.penstock .condition{fill:none;stroke:#9a6700;stroke-width:1.5}
.penstock .edge{fill:#818b98}
.penstock .source{fill:#0969da}
.penstock .build,.penstock .compute{fill:#8250df}
.penstock .test{fill:#1b7c83}
.penstock .deploy{fill:#1a7f37}
.penstock .approval{fill:#bf8700}
.penstock .invoke{fill:#bf3989}
.penstock .wire path{fill:none;stroke-width:1.6}
.penstock .wire path.head{stroke:none}
.penstock .w0 path,.penstock .w0 circle{stroke:#0969da}.penstock .w0 .head,.penstock text.w0{fill:#0550ae}
.penstock .w1 path,.penstock .w1 circle{stroke:#bc4c00}.penstock .w1 .head,.penstock text.w1{fill:#953800}
.penstock .w2 path,.penstock .w2 circle{stroke:#1a7f37}.penstock .w2 .head,.penstock text.w2{fill:#116329}
.penstock .w3 path,.penstock .w3 circle{stroke:#8250df}.penstock .w3 .head,.penstock text.w3{fill:#6639ba}
.penstock .w4 path,.penstock .w4 circle{stroke:#bf3989}.penstock .w4 .head,.penstock text.w4{fill:#99286e}
.penstock .w5 path,.penstock .w5 circle{stroke:#1b7c83}.penstock .w5 .head,.penstock text.w5{fill:#135d63}
.penstock .w6 path,.penstock .w6 circle{stroke:#9a6700}.penstock .w6 .head,.penstock text.w6{fill:#7d4e00}
.penstock .w7 path,.penstock .w7 circle{stroke:#57606a}.penstock .w7 .head,.penstock text.w7{fill:#424a53}
.penstock .end{fill:#ffffff;stroke-width:1.6}
@media(prefers-color-scheme:dark){
.penstock text{fill:#f0f6fc}
.penstock .dim,.penstock .number{fill:#9198a1}
.penstock .sets{fill:#d2a8ff}
.penstock .page{fill:#0d1117}
.penstock .panel{fill:#151b23;stroke:#3d444d}
.penstock .band{fill:#212830}
.penstock .box{fill:#0d1117;stroke:#656c76}
.penstock .order,.penstock .end{fill:#0d1117}
.penstock .condition{stroke:#d29922}
.penstock .source{fill:#4493f8}
.penstock .build,.penstock .compute{fill:#ab7df8}
.penstock .test{fill:#39c5cf}
.penstock .deploy{fill:#3fb950}
.penstock .approval{fill:#d29922}
.penstock .invoke{fill:#db61a2}
.penstock .w0 path,.penstock .w0 circle{stroke:#4493f8}.penstock .w0 .head,.penstock text.w0{fill:#79c0ff}
.penstock .w1 path,.penstock .w1 circle{stroke:#db6d28}.penstock .w1 .head,.penstock text.w1{fill:#ffa657}
.penstock .w2 path,.penstock .w2 circle{stroke:#3fb950}.penstock .w2 .head,.penstock text.w2{fill:#7ee787}
.penstock .w3 path,.penstock .w3 circle{stroke:#ab7df8}.penstock .w3 .head,.penstock text.w3{fill:#d2a8ff}
.penstock .w4 path,.penstock .w4 circle{stroke:#db61a2}.penstock .w4 .head,.penstock text.w4{fill:#ff9bce}
.penstock .w5 path,.penstock .w5 circle{stroke:#39c5cf}.penstock .w5 .head,.penstock text.w5{fill:#76e3ea}
.penstock .w6 path,.penstock .w6 circle{stroke:#bb8009}.penstock .w6 .head,.penstock text.w6{fill:#e3b341}
.penstock .w7 path,.penstock .w7 circle{stroke:#8b949e}.penstock .w7 .head,.penstock text.w7{fill:#b1bac4}
}
`
