// Package graph turns a pipeline into a picture: SVG, drawn here, or Mermaid, which others draw.
//
// In goes a [pipeline.Pipeline] that was checked; [Of] makes a [Diagram] of it, which holds what a picture shows and
// no geometry. Out come bytes that depend on the pipeline alone. The package reads no file, knows no terminal, and
// asks nobody how wide a text is: it counts with a table of widths that no common font exceeds.
package graph
