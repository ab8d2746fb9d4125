"""The short text beside the pages: what to open, and with what."""

from .context import Atlas
from .entry import BOOK, INDEX

FILE = "先看我.txt"


def read_me(atlas: Atlas) -> str:
    """Return what a reader needs before the first page, in both languages, for any editor of Windows."""
    lines = [
        atlas.in_language("zh").title,
        "",
        "1. 若是压缩包（.zip）：先“全部解压”，再打开；在压缩包里直接双击，页面之间的链接会打不开。",
        f"2. 双击 {INDEX} 进入首页；不需要联网，不需要安装任何软件。",
        f"3. 只想发一个文件（微信、QQ、邮件、U盘）：发 {BOOK}。它含全部页面，中英文可切换，单独就能打开。",
        "4. 浏览器：Chrome、Edge、360、QQ 浏览器（内核 80 及以上），Firefox 113 及以上，Safari 16.4 及以上。",
        "   双击后若用旧浏览器打开：右键文件，“打开方式”选 Edge 或 Chrome。手机上请先“用浏览器打开”。",
        "5. 地址栏记着当前视图（位置、图层、年份、打开的卡片）：复制地址末尾 # 以后的部分，",
        f"   对方打开自己的 {BOOK}，粘到地址后面，即看到同一视图。",
        "6. data 文件夹：nanyi.qgz 用 QGIS 打开（分组与颜色同图集，须与 nanyi.gpkg 放在一起），",
        "   tables.xlsx 用 Excel、WPS，nanyi.kml 用奥维、谷歌地球，nanyi.dxf 用 CAD；",
        "   manifest.json：输入、参数与全部数字。",
        "",
        f"Unzip first, then double-click {INDEX}; or send {BOOK} alone: every page in Chinese and English, offline.",
        "Chrome, Edge and others on Chromium 80 or newer, Firefox 113, Safari 16.4.",
        "",
    ]
    return "\ufeff" + "\r\n".join(lines)
