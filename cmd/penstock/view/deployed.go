package view

import (
	"fmt"
	"path"
	"strings"
)

// DeployedFile is one file that a deploy action stored.
type DeployedFile struct {
	Stage  string `json:"stage"`
	Action string `json:"action"`
	URL    string `json:"url"`  // s3://bucket/key
	Size   string `json:"size"` // as it was logged
}

// Deployed lists deployed files, those of one action together under the folder that they share. folder says where on
// this machine they can be looked at; it is empty where that is not known.
func (l Lines) Deployed(files []DeployedFile, folder string) []string {
	var lines []string
	for start := 0; start < len(files); {
		end := start
		for end < len(files) && files[end].Stage == files[start].Stage && files[end].Action == files[start].Action {
			end++
		}
		lines = append(lines, l.deployment(files[start:end])...)
		start = end
	}
	if len(lines) > 0 && folder != "" {
		lines = append(lines, Fit("on this machine: "+folder, l.width()))
	}
	return lines
}

func (l Lines) deployment(files []DeployedFile) []string {
	shared := sharedFolder(files)
	name := files[0].Stage + "/" + files[0].Action
	lines := []string{Fit(fmt.Sprintf("%s deployed %s to", name, count(len(files), "file")), l.width()), "  " + Fit(shared, l.width()-2)}
	width := 0
	for _, f := range files {
		width = max(width, Width(strings.TrimPrefix(f.URL, shared)))
	}
	width = min(width, l.width()-4-sizeWidth)
	for _, f := range files {
		rest := Fit(strings.TrimPrefix(f.URL, shared), width)
		lines = append(lines, strings.TrimRight(fmt.Sprintf("    %s  %s", pad(rest, width), f.Size), " "))
	}
	return lines
}

const sizeWidth = 9

// sharedFolder is the longest folder that all files are in, with its slash.
func sharedFolder(files []DeployedFile) string {
	shared := folderOf(files[0].URL)
	for _, f := range files[1:] {
		for shared != "" && !strings.HasPrefix(f.URL, shared) {
			shared = folderOf(strings.TrimSuffix(shared, "/"))
		}
	}
	return shared
}

func folderOf(url string) string {
	folder, _ := path.Split(url)
	return folder
}
