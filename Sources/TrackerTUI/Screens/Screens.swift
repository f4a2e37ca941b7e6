/// The whole picture of a model.
enum Screens {
    static let smallest = (width: 40, height: 12)

    static func picture(of model: AppModel, glyphs: Glyphs) -> Canvas {
        var canvas = Canvas(width: model.size.width, height: model.size.height, glyphs: glyphs)
        if canvas.width < smallest.width || canvas.height < smallest.height {
            TooSmallScreen.draw(into: &canvas)
            let rows = model.live.isLive ? 2 : 1
            if let question = model.question { question.draw(y: canvas.height - rows, into: &canvas) }
            // Even where nothing else can be read.
            if model.live.isLive { LiveBanner.draw(model, y: canvas.height - 1, into: &canvas) }
        } else if model.live.isLive {
            var below = Canvas(width: canvas.width, height: canvas.height - 1, glyphs: glyphs)
            draw(model, into: &below)
            canvas.place(below, y: 1)
            LiveBanner.draw(model, y: 0, into: &canvas)
        } else {
            draw(model, into: &canvas)
        }
        return canvas
    }

    private static func draw(_ model: AppModel, into canvas: inout Canvas) {
        let screen = model.shown.screen
        screen.draw(model, into: &canvas)
        canvas.drawHints(screen.hints(model, columns: canvas.width))
        guard let question = model.question else { return }
        question.draw(y: canvas.height - 1, into: &canvas)
        canvas.cursor = nil
    }
}
